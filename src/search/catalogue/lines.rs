//! Which line a byte stands in.

/// Line numbers of places in a text, asked for from front to back.
pub struct Lines<'a> {
    text: &'a [u8],
    place: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            place: 0,
            line: 1,
        }
    }

    /// The line of a byte, counted from 1. Earlier places than the last one count as that one.
    pub fn of(&mut self, place: usize) -> u64 {
        let place = place.min(self.text.len());
        while self.place < place {
            let next = self.text.get(self.place + 1);
            match self.text[self.place] {
                b'\n' => self.line += 1,
                // Old spreadsheets end lines so.
                b'\r' if next != Some(&b'\n') => self.line += 1,
                _ => {}
            }
            self.place += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_counts_once() {
        let mut lines = Lines::new("a\nb\r\nc\rd");
        assert_eq!([0, 1, 2, 5, 7, 99].map(|place| lines.of(place)), [1, 1, 2, 3, 4, 4]);
    }
}
