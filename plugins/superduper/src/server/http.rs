//! Files over HTTP: `PUT /files/{name}` with a token, `GET /files/{id}/{name}` with nothing but the
//! id, which cannot be guessed.

use std::io::{self, SeekFrom};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{
    ACCEPT_RANGES, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::net::TcpListener;

use super::files::{Content, Upload};
use super::hub::{Hub, random};
use super::world::{Actor, Change, digest};
use crate::protocol::wire::{json, path_part};
use crate::protocol::{File, Kind, Refusal, limits};

/// Most bytes read from a file at once.
const CHUNK: u64 = 64 * 1024;

/// Serves files until the future is dropped.
pub(super) async fn serve(hub: Arc<Hub>, listener: TcpListener) {
    let router = Router::new()
        .route("/files/{name}", put(upload))
        .route("/files/{id}/{name}", get(download))
        // The handler counts the bytes itself while it streams.
        .layer(DefaultBodyLimit::disable())
        .with_state(hub);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "files are no longer served");
    }
}

async fn upload(
    State(hub): State<Arc<Hub>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match receive(&hub, name, &headers, body).await {
        Ok(file) => ([(CONTENT_TYPE, "application/json")], json(&file)).into_response(),
        Err(refusal) => {
            let status = match refusal.kind {
                Kind::NotLoggedIn => StatusCode::UNAUTHORIZED,
                Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                Kind::BadRequest => StatusCode::BAD_REQUEST,
                _ => StatusCode::SERVICE_UNAVAILABLE,
            };
            (status, [(CONTENT_TYPE, "application/json")], json(&refusal)).into_response()
        }
    }
}

async fn receive(hub: &Hub, name: String, headers: &HeaderMap, body: Body) -> Result<File, Refusal> {
    let by = bearer(hub, headers)?;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type = text(CONTENT_TYPE).unwrap_or("application/octet-stream").to_owned();
    if name.len() > limits::NAME || media_type.len() > limits::NAME {
        return Err(Refusal::new(Kind::TooLarge, "this name is too long"));
    }
    if text(CONTENT_LENGTH)
        .and_then(|length| length.parse::<u64>().ok())
        .is_some_and(|length| length > limits::FILE)
    {
        return Err(Refusal::new(Kind::TooLarge, "this file is too large"));
    }
    let id = random()?;
    let mut upload = hub.files.create(&id).await.map_err(|error| unavailable(&error))?;
    let (size, sha256) = match stream_in(&mut upload, body).await {
        Ok(received) => received,
        Err(refusal) => {
            upload.discard().await;
            return Err(refusal);
        }
    };
    hub.files.finish(upload).await.map_err(|error| unavailable(&error))?;
    let path = format!("/files/{id}/{}", path_part(&name));
    let file = File { id, name, media_type, size, sha256, path };
    hub.change(&Change::File { by: by.user, file: file.clone() })?;
    Ok(file)
}

async fn stream_in(upload: &mut Upload, body: Body) -> Result<(u64, String), Refusal> {
    let (mut size, mut hash) = (0, Sha256::new());
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::new(Kind::BadRequest, "the upload broke off"))?;
        size += chunk.len() as u64;
        if size > limits::FILE {
            return Err(Refusal::new(Kind::TooLarge, "this file is too large"));
        }
        hash.update(&chunk);
        upload.write(&chunk).await.map_err(|error| unavailable(&error))?;
    }
    Ok((size, data_encoding::HEXLOWER.encode(&hash.finalize())))
}

fn bearer(hub: &Hub, headers: &HeaderMap) -> Result<Actor, Refusal> {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let by = token.and_then(|token| hub.read(|world| world.bearer(&digest(token)).cloned()));
    by.ok_or_else(|| Refusal::new(Kind::NotLoggedIn, "this token is not valid (any more)"))
}

async fn download(
    State(hub): State<Arc<Hub>>,
    Path((id, _)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(file) = hub.read(|world| world.file(&id).cloned()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let range = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let (status, start, end) = match range.map(|range| byte_range(range, file.size)) {
        None | Some(Wanted::All) => (StatusCode::OK, 0, file.size),
        Some(Wanted::Part(start, end)) => (StatusCode::PARTIAL_CONTENT, start, end),
        Some(Wanted::Nothing) => {
            let size = [(CONTENT_RANGE, format!("bytes */{}", file.size))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, size).into_response();
        }
    };
    let body = match hub.files.read(&file.id).await {
        Ok(Content::Memory(bytes)) => Body::from(slice(&bytes, start, end)),
        Ok(Content::Folder(source)) => match stream_out(source, start, end).await {
            Ok(body) => body,
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        Err(_) => return StatusCode::GONE.into_response(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let mut header = |name, value: String| {
        // The type comes from the uploader and may hold anything: if it is invalid, it is left out.
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    };
    header(CONTENT_TYPE, file.media_type);
    header(CONTENT_LENGTH, (end - start).to_string());
    header(ACCEPT_RANGES, "bytes".into());
    header(X_CONTENT_TYPE_OPTIONS, "nosniff".into());
    header(CONTENT_DISPOSITION, "attachment".into());
    if status == StatusCode::PARTIAL_CONTENT {
        header(CONTENT_RANGE, format!("bytes {start}-{}/{}", end - 1, file.size));
    }
    response
}

fn slice(bytes: &Bytes, start: u64, end: u64) -> Bytes {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(place(start)..place(end))
}

async fn stream_out(mut source: tokio::fs::File, start: u64, end: u64) -> io::Result<Body> {
    source.seek(SeekFrom::Start(start)).await?;
    let chunks = stream::try_unfold((source, end - start), |(mut source, left)| async move {
        if left == 0 {
            return Ok::<_, io::Error>(None);
        }
        let mut chunk = vec![0; usize::try_from(left.min(CHUNK)).unwrap_or(usize::MAX)];
        source.read_exact(&mut chunk).await?;
        let left = left - chunk.len() as u64;
        Ok(Some((Bytes::from(chunk), (source, left))))
    });
    Ok(Body::from_stream(chunks))
}

/// Part of a file that a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// Whole file: no range, or one that we do not understand and may ignore (RFC 9110, 14.2).
    All,
    /// Bytes from the first position up to, but not including, the second.
    Part(u64, u64),
    /// Part beyond the end of the file.
    Nothing,
}

/// Parses a range of a single part.
fn byte_range(range: &str, size: u64) -> Wanted {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::All;
    };
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), _) if first >= size => Wanted::Nothing,
        (Ok(first), Ok(last)) if last >= first => Wanted::Part(first, last.saturating_add(1).min(size)),
        (Ok(first), Err(_)) if last.is_empty() => Wanted::Part(first, size),
        (Err(_), Ok(0)) if first.is_empty() => Wanted::Nothing,
        (Err(_), Ok(count)) if first.is_empty() => Wanted::Part(size.saturating_sub(count), size),
        _ => Wanted::All,
    }
}

fn unavailable(error: &io::Error) -> Refusal {
    let text = match error.kind() {
        io::ErrorKind::StorageFull => "the server has no room for files",
        _ => "the server cannot store files",
    };
    tracing::warn!(%error, "{text}");
    Refusal::new(Kind::Unavailable, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        for (range, expect) in [
            ("bytes=0-3", Wanted::Part(0, 4)),
            ("bytes=5-", Wanted::Part(5, 10)),
            ("bytes=-4", Wanted::Part(6, 10)),
            ("bytes=-40", Wanted::Part(0, 10)),
            ("bytes=8-100", Wanted::Part(8, 10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=4-2", Wanted::All),
            ("bytes=1-2,4-5", Wanted::All),
            ("pages=1-2", Wanted::All),
        ] {
            assert_eq!(byte_range(range, 10), expect, "{range}");
        }
    }
}
