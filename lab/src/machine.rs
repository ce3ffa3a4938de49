//! A machine of some Debian, for what an administrator types: a tree under a layer that is thrown
//! away, with a network and processes of its own. Only root can.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{Process, Program, Signal};
use crate::temp_dir::TempDir;
use crate::tree::Tree;
use crate::wait::until;

/// Carried out with the layer's directory and the tree as its arguments; in the machine, process 1
/// waits for ever.
const BOOT: &str = r#"set -e
layer=$1 tree=$2 root=$1/root
mount -t tmpfs tmpfs "$layer"
mkdir "$layer/upper" "$layer/work" "$root"
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$layer/upper,workdir=$layer/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
if [ -n "$3" ]; then mkdir -p "$root/$4" && mount --bind "$3" "$root/$4"; fi
hostname localhost
chroot "$root" ip link set lo up
echo ready
exec chroot "$root" sleep infinity
"#;

/// Such a machine. It ends, with all that runs and all that was written in it, when it is dropped.
#[derive(Debug)]
pub struct Machine {
    pid: u32,
    name: String,
    _holder: Process,
    scratch: TempDir,
}

/// Outcome of a script.
#[derive(Debug)]
pub struct Outcome {
    /// Whether it succeeded.
    pub fine: bool,
    /// Output of the script.
    pub said: String,
}

impl Machine {
    /// One with the release of that tree, which needs `iproute2`. `shared` is a directory of this
    /// machine, and where it is seen there.
    ///
    /// # Panics
    /// When it cannot be made: without root, or where there are no such mounts.
    pub async fn of(tree: &Tree, shared: Option<(&Path, &str)>) -> Self {
        let scratch = TempDir::new("machine");
        let layer = scratch.path().join("layer");
        fs::create_dir(&layer).expect("our own directory");
        let (outside, inside) = shared.unwrap_or((Path::new(""), ""));
        let mut holder = Program::new("unshare")
            .args([
                "--mount",
                "--pid",
                "--net",
                "--uts",
                "--fork",
                "--kill-child=KILL",
                "sh",
                "-c",
                BOOT,
                "sh",
            ])
            .args([layer.as_path(), tree.root(), outside])
            .args([inside])
            .start(&scratch.path().join("boot.log"));
        holder.last_signal = Signal::KILL;
        holder.says("ready").await;
        let children = format!("/proc/{0}/task/{0}/children", holder.pid());
        let pid = until("the machine's first process", || {
            let pid: u32 = fs::read_to_string(&children).ok()?.split_whitespace().next()?.parse().ok()?;
            // Before that, its root is still ours, and what is written there would be written here.
            let waits = fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm == "sleep\n");
            waits.then_some(pid)
        })
        .await;
        let name = tree.root().file_name().unwrap_or_default().to_string_lossy().into_owned();
        Machine { pid, name, _holder: holder, scratch }
    }

    /// Runs a script of the shell there, as root.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn tries(&self, script: &str) -> Outcome {
        let mut command = Command::new("nsenter");
        command.args(self.enter()).args(["sh", "-c", &format!("exec 2>&1; {script}")]);
        let out = command.stdin(Stdio::null()).output().expect("nsenter starts");
        Outcome { fine: out.status.success(), said: String::from_utf8_lossy(&out.stdout).into_owned() }
    }

    /// Runs a script that must succeed, and returns its output.
    ///
    /// # Panics
    /// When it does not succeed.
    pub fn does(&self, script: &str) -> String {
        let Outcome { fine, said } = self.tries(script);
        assert!(fine, "on {}: {script}\n{said}", self.name);
        said
    }

    /// Starts something that stays; its name is for its log.
    #[must_use]
    pub fn starts(&self, name: &str, script: &str) -> Process {
        let program = Program::new("nsenter").args(self.enter()).args(["sh", "-c", script]);
        program.start(&self.log(name))
    }

    /// The log of what was started under that name.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.scratch.path().join(format!("{name}.log"))
    }

    /// Runs a script at a terminal, where somebody types `answer` when they read `question`.
    ///
    /// # Panics
    /// When it cannot be started, or does not ask.
    #[must_use]
    pub fn asks(&self, script: &str, question: &str, answer: &str) -> Outcome {
        let mut command = Command::new("nsenter");
        command.args(self.enter()).args(["script", "--quiet", "--return", "--command", script, "/dev/null"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("nsenter starts");
        let (mut typed, mut read) = (child.stdin.take(), child.stdout.take().expect("it was asked for"));
        let (mut said, mut buffer) = (String::new(), [0; 1024]);
        while let Ok(length @ 1..) = read.read(&mut buffer) {
            said += &String::from_utf8_lossy(&buffer[..length]);
            if said.contains(question)
                && let Some(mut typed) = typed.take()
            {
                writeln!(typed, "{answer}").expect("it reads");
            }
        }
        assert!(typed.is_none(), "on {}: nobody asked {question:?}: {said}", self.name);
        Outcome { fine: child.wait().is_ok_and(|status| status.success()), said }
    }

    /// Writes a file there.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        let mut command = Command::new("nsenter");
        command.args(self.enter()).args(["sh", "-c", "mkdir -p \"$(dirname \"$0\")\" && cat > \"$0\"", path]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("nsenter starts");
        let written = child.stdin.take().map(|mut stdin| stdin.write_all(text.as_bytes()));
        assert!(written.is_some_and(|w| w.is_ok()) && child.wait().is_ok_and(|s| s.success()), "{path}");
    }

    /// Waits until something there listens on that port.
    ///
    /// # Panics
    /// When nothing does in time.
    pub async fn listens(&self, port: u16) {
        let hex = format!(":{port:04X} ");
        let tables = ["tcp", "tcp6"].map(|table| format!("/proc/{}/net/{table}", self.pid));
        until(&format!("something on {} to listen on port {port}", self.name), || {
            let listens = |line: &str| line.contains(&hex) && line.contains(" 0A ");
            let found = |table| fs::read_to_string(table).is_ok_and(|text| text.lines().any(listens));
            tables.iter().any(found).then_some(())
        })
        .await;
    }

    fn enter(&self) -> Vec<String> {
        let target = self.pid.to_string();
        let options = ["--target", &target, "--mount", "--pid", "--net", "--uts", "--root", "--wd", "--"];
        let clean =
            ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"];
        options.into_iter().chain(clean).chain(["LC_ALL=C.UTF-8"]).map(str::to_owned).collect()
    }
}
