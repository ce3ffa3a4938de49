//! XEP-0059: Result Set Management: which part of a long list is asked for, and told.

use std::ops::Range;

use minidom::Element;

use super::{error::Condition, ns, xml::Xml};

/// Place of a page in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The first page.
    First,
    /// The page behind that item.
    After(String),
    /// The page before that item.
    Before(String),
    /// The last page.
    Last,
    /// The page from that number on.
    Index(usize),
}

/// A page that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Most items that are wanted.
    pub max: Option<usize>,
    /// Place of the page.
    pub place: Place,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'a> {
    /// Items of the page.
    pub items: Range<usize>,
    /// Names of its first and last item, unless it is empty.
    pub ends: Option<(&'a str, &'a str)>,
    /// Number of all items.
    pub count: usize,
    /// Whether the answer tells which page it is: when one was asked for, or not all are there.
    pub is_told: bool,
}

impl Request {
    /// Reads the `<set/>` in a query; `None` when there is none.
    ///
    /// # Errors
    /// `bad-request` when it cannot be read.
    pub fn find(query: &Element) -> Result<Option<Self>, Condition> {
        let Some(set) = query.get_child("set", ns::RSM) else { return Ok(None) };
        let text = |name: &str| set.get_child(name, ns::RSM).map(Element::text);
        let number = |name: &str| -> Result<Option<usize>, Condition> {
            let number = text(name).map(|text| text.trim().parse());
            number.transpose().map_err(|_| Condition::BadRequest)
        };
        let place = match (text("after"), text("before"), number("index")?) {
            (None, None, None) => Place::First,
            (Some(after), None, None) if after.is_empty() => Place::First,
            (Some(after), None, None) => Place::After(after),
            (None, Some(before), None) if before.is_empty() => Place::Last,
            (None, Some(before), None) => Place::Before(before),
            (None, None, Some(index)) => Place::Index(index),
            _ => return Err(Condition::BadRequest),
        };
        Ok(Some(Request { max: number("max")?, place }))
    }
}

/// Picks the page of a list, of at most so many bytes: each item has a name of its own and a size.
///
/// # Errors
/// `item-not-found` when the list has no item of the name that the page is asked from.
pub fn page<'a>(
    asked: Option<&Request>,
    items: &'a [(String, usize)],
    bytes: usize,
) -> Result<Page<'a>, Condition> {
    let count = items.len();
    let (max, place) = asked.map_or((None, &Place::First), |asked| (asked.max, &asked.place));
    let max = max.unwrap_or(count);
    let at = |name: &str| items.iter().position(|(item, _)| item == name).ok_or(Condition::ItemNotFound);
    let (mut left, mut empty) = (bytes, true);
    // The first in any case: a page without it would be asked for again and again.
    let mut fits = |size: usize| {
        let rest = left.checked_sub(size);
        left = rest.unwrap_or(0);
        std::mem::take(&mut empty) || rest.is_some()
    };
    let forwards = |from: usize, fits: &mut dyn FnMut(usize) -> bool| {
        let from = from.min(count);
        let more = items[from..].iter().take(max).take_while(|(_, size)| fits(*size)).count();
        from..from + more
    };
    let backwards = |to: usize, fits: &mut dyn FnMut(usize) -> bool| {
        let more = items[..to].iter().rev().take(max).take_while(|(_, size)| fits(*size)).count();
        to - more..to
    };
    let range = match place {
        Place::First => forwards(0, &mut fits),
        Place::Index(index) => forwards(*index, &mut fits),
        Place::After(name) => forwards(at(name)? + 1, &mut fits),
        Place::Last => backwards(count, &mut fits),
        Place::Before(name) => backwards(at(name)?, &mut fits),
    };
    let of = &items[range.clone()];
    let ends = of.first().zip(of.last()).map(|((first, _), (last, _))| (first.as_str(), last.as_str()));
    let is_told = asked.is_some() || of.len() < count;
    Ok(Page { items: range, ends, count, is_told })
}

impl Page<'_> {
    /// Writes the `<set/>` of an answer, if it is to have one.
    pub fn write(&self, xml: &mut Xml) {
        if !self.is_told {
            return;
        }
        let index = u64::try_from(self.items.start).ok();
        write_set(xml, self.ends, index, u64::try_from(self.count).ok());
    }
}

/// Writes `<set/>`: the names of the first and the last item of a page, the place of the first in
/// the whole list, and the number of items in that; the numbers may be missing.
pub fn write_set(xml: &mut Xml, ends: Option<(&str, &str)>, index: Option<u64>, count: Option<u64>) {
    xml.open_ns("set", ns::RSM);
    if let Some((first, last)) = ends {
        let index = index.map(|index| index.to_string());
        xml.open("first").attr_opt("index", index.as_deref()).text(first).close();
        xml.text_child("last", last);
    }
    if let Some(count) = count {
        xml.text_child("count", &count.to_string());
    }
    xml.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(inner: &str) -> Result<Option<Request>, Condition> {
        let query = format!("<query xmlns='x'><set xmlns='{}'>{inner}</set></query>", ns::RSM);
        Request::find(&query.parse().unwrap())
    }

    fn list() -> Vec<(String, usize)> {
        "abcdefghij".chars().map(|name| (name.to_string(), 10)).collect()
    }

    fn of(inner: &str) -> Result<Range<usize>, Condition> {
        let items = list();
        page(request(inner)?.as_ref(), &items, 1000).map(|page| page.items)
    }

    #[test]
    fn every_page_can_be_asked_for() {
        for (asked, expected) in [
            ("", 0..10),
            ("<max>3</max>", 0..3),
            ("<max>3</max><after/>", 0..3),
            ("<max>3</max><after>c</after>", 3..6),
            ("<max>3</max><after>i</after>", 9..10),
            ("<max>3</max><after>j</after>", 10..10),
            ("<max>3</max><before/>", 7..10),
            ("<max>3</max><before>e</before>", 1..4),
            ("<max>3</max><before>b</before>", 0..1),
            ("<max>3</max><index>8</index>", 8..10),
            ("<max>3</max><index>99</index>", 10..10),
            ("<max> 2 </max>", 0..2),
            ("<max>0</max>", 0..0),
        ] {
            assert_eq!(of(asked), Ok(expected), "{asked}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for asked in [
            "<max>many</max>",
            "<max>-1</max>",
            "<index>1.5</index>",
            "<after>a</after><before>b</before>",
            "<before/><index>1</index>",
        ] {
            assert_eq!(of(asked), Err(Condition::BadRequest), "{asked}");
        }
        assert_eq!(of("<after>z</after>"), Err(Condition::ItemNotFound));
        assert_eq!(of("<before>z</before>"), Err(Condition::ItemNotFound));
        let plain = "<query xmlns='x'><set xmlns='other'/></query>".parse().unwrap();
        assert_eq!(Request::find(&plain), Ok(None));
    }

    #[test]
    fn a_page_is_no_larger_than_it_may_be_and_the_next_goes_on_from_there() {
        let items = list();
        let small = |asked: &str| page(request(asked).unwrap().as_ref(), &items, 35).unwrap().items;
        assert_eq!(small(""), 0..3);
        assert_eq!(small("<after>c</after>"), 3..6);
        assert_eq!(small("<before/>"), 7..10);
        assert_eq!(small("<before>h</before>"), 4..7);
        assert_eq!(page(None, &items, 5).unwrap().items, 0..1, "one in any case");
    }

    #[test]
    fn the_answer_tells_which_page_it_is() {
        let items = list();
        let text = |asked: Option<&Request>, bytes| {
            let mut xml = Xml::new();
            page(asked, &items, bytes).unwrap().write(&mut xml);
            String::from_utf8(xml.finish().to_vec()).unwrap()
        };
        assert_eq!(text(None, 1000), "", "all is there");
        let set = format!("<set xmlns='{}'>", ns::RSM);
        let cut = "<first index='0'>a</first><last>b</last><count>10</count></set>";
        assert_eq!(text(None, 20), format!("{set}{cut}"), "not all is there");
        let asked = request("<max>2</max><after>c</after>").unwrap();
        let expected = "<first index='3'>d</first><last>e</last><count>10</count></set>";
        assert_eq!(text(asked.as_ref(), 1000), format!("{set}{expected}"));
        let counted = request("<max>0</max>").unwrap();
        assert_eq!(text(counted.as_ref(), 1000), format!("{set}<count>10</count></set>"));
    }
}
