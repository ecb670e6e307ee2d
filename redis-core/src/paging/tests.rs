use super::*;
use crate::command::{Command, table};
use crate::error::ErrorKind;

/// Pages of a list of numbers, `size` each, the cursor being an index; entries know where they stand if
/// they are `exact`.
struct Numbers {
    exact: bool,
}

type Page = Vec<u64>;

impl Pages for Numbers {
    type Cursor = u64;
    type Page = Page;
    type Entry = u64;
    type Item = u64;

    fn ask<'c, C: ExecuteCommand + ?Sized>(
        &self,
        executor: &'c C,
        _: &u64,
    ) -> Response<'c, C, Page> {
        executor.execute_command(Command::new(&table::SCAN))
    }

    /// The last number of a page is where the next begins; 0 is nowhere.
    fn open(&self, mut page: Page) -> (Vec<u64>, Option<u64>) {
        let next = page.pop().filter(|&next| next != 0);
        (page, next)
    }

    fn give(&self, entry: u64) -> (u64, Option<u64>) {
        (entry, self.exact.then_some(entry + 1))
    }
}

/// The page of the numbers below `end` from `cursor` on.
fn page(cursor: u64, size: u64, end: u64) -> Page {
    let last = (cursor + size).min(end);
    (cursor..last).chain([if last < end { last } else { 0 }]).collect()
}

fn asked(paging: &mut Paging<Numbers>, pages: &Numbers) -> u64 {
    match paging.step(pages) {
        Step::Ask(cursor) => cursor,
        other => panic!("a page was to be asked for: {other:?}"),
    }
}

fn given(paging: &mut Paging<Numbers>, pages: &Numbers) -> u64 {
    match paging.step(pages) {
        Step::Give(item) => item,
        other => panic!("an item was to be given: {other:?}"),
    }
}

#[test]
fn every_page_is_asked_for_once_all_of_the_one_before_was_taken() {
    for (size, end) in [(1, 7), (3, 7), (7, 7), (10, 7), (3, 0)] {
        let pages = Numbers { exact: false };
        let (mut paging, mut items, mut questions) = (Paging::new(0), Vec::new(), 0);
        loop {
            match paging.step(&pages) {
                Step::Give(item) => items.push(item),
                Step::Ask(cursor) => {
                    assert_eq!(cursor, items.len() as u64, "not before all was taken");
                    questions += 1;
                    paging.turn(&pages, page(cursor, size, end));
                }
                Step::End => break,
            }
        }
        assert!(items.into_iter().eq(0..end));
        assert_eq!(questions, end.div_ceil(size).max(1));
        assert!(matches!(paging.step(&pages), Step::End), "the end stays the end");
        assert_eq!((paging.cursor(), paging.size_hint()), (None, (0, Some(0))));
    }
}

#[test]
fn an_empty_page_is_not_the_end() {
    let pages = Numbers { exact: false };
    let mut paging = Paging::new(5);
    assert_eq!(asked(&mut paging, &pages), 5);
    paging.turn(&pages, vec![17]);
    assert_eq!((paging.cursor(), paging.size_hint()), (Some(&17), (0, None)));
    assert_eq!(asked(&mut paging, &pages), 17);
    paging.turn(&pages, vec![17, 0]);
    assert_eq!(given(&mut paging, &pages), 17);
    assert!(matches!(paging.step(&pages), Step::End));
}

#[test]
fn whoever_goes_on_at_the_cursor_misses_nothing_that_was_not_given() {
    for exact in [false, true] {
        for taken in 0..=10_u64 {
            let pages = Numbers { exact };
            let (mut paging, mut items) = (Paging::new(0), Vec::new());
            while (items.len() as u64) < taken {
                match paging.step(&pages) {
                    Step::Give(item) => items.push(item),
                    Step::Ask(cursor) => paging.turn(&pages, page(cursor, 4, 10)),
                    Step::End => panic!("there is more"),
                }
            }
            let expected = match (exact, taken) {
                (_, 10) => None,
                (true, taken) => Some(taken),
                (false, taken) => Some(taken / 4 * 4),
            };
            assert_eq!(paging.cursor().copied(), expected, "{taken} taken, exact: {exact}");
            let rest = expected.into_iter().flat_map(|from| from..10);
            items.extend(rest);
            assert!((0..10).all(|number| items.contains(&number)));
        }
    }
}

#[test]
fn after_a_failure_nothing_comes_until_it_goes_on_with_the_same_page() {
    let pages = Numbers { exact: false };
    let mut paging = Paging::new(0);
    assert_eq!(asked(&mut paging, &pages), 0);
    paging.turn(&pages, page(0, 2, 4));
    assert_eq!(given(&mut paging, &pages), 0);
    assert_eq!(given(&mut paging, &pages), 1);
    for _ in 0..3 {
        assert_eq!(asked(&mut paging, &pages), 2);
        let error = paging.fail(Error::new(ErrorKind::Closed, "gone"));
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert!(matches!(paging.step(&pages), Step::End));
        assert_eq!((paging.cursor(), paging.size_hint()), (Some(&2), (0, Some(0))));
        paging.resume();
    }
    assert_eq!(asked(&mut paging, &pages), 2);
    paging.turn(&pages, page(2, 2, 4));
    assert_eq!(given(&mut paging, &pages), 2);
    // it went well: there is nothing to go on after
    paging.resume();
    assert_eq!(given(&mut paging, &pages), 3);
    assert!(matches!(paging.step(&pages), Step::End));
    paging.resume();
    assert!(matches!(paging.step(&pages), Step::End));
}

#[test]
fn a_page_whose_question_was_forgotten_is_asked_for_again() {
    let pages = Numbers { exact: false };
    let mut paging = Paging::new(3);
    assert_eq!(asked(&mut paging, &pages), 3);
    assert_eq!(asked(&mut paging, &pages), 3);
}
