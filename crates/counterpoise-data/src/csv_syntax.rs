//! RFC 4180, checked where lenient readers guess: quotes, and the line on which each record begins.

/// What is wrong with a record, before the file's name is known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadSyntax {
    /// The line on which the record begins.
    pub(crate) line: usize,
    /// What is there.
    pub(crate) found: String,
    /// What to do about it.
    pub(crate) remedy: &'static str,
}

/// Where in a record the next character stands.
#[derive(Clone, Copy)]
enum State {
    /// Between records.
    Between,
    /// At the first character of a field.
    Start,
    /// Within a field that is not quoted.
    Bare,
    /// Within quotes.
    Quoted,
    /// Behind a quote that closes the field, unless another follows.
    Closed,
}

/// The line on which each record begins; empty lines are not records.
///
/// # Errors
/// A quote within a field that is not quoted, text between a closing quote and the next comma or line
/// end, a quote that is never closed.
pub(crate) fn record_lines(text: &str) -> Result<Vec<usize>, BadSyntax> {
    let mut state = State::Between;
    let (mut line, mut starts) = (1, Vec::new());
    let mut before = '\n';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if matches!(state, State::Between) && !matches!(character, '\n' | '\r') {
            starts.push(line);
            state = State::Start;
        }
        state = match next(state, character) {
            Ok(state) => state,
            Err(fault) => return Err(fault.at(starts.last(), before, character)),
        };
        before = character;
        // A carriage return alone ends a line as well.
        if character == '\n' || (character == '\r' && characters.peek() != Some(&'\n')) {
            line += 1;
        }
    }
    match state {
        State::Quoted => Err(Fault::NeverClosed.at(starts.last(), before, '\n')),
        _ => Ok(starts),
    }
}

fn next(state: State, character: char) -> Result<State, Fault> {
    Ok(match (state, character) {
        (State::Quoted, '"') => State::Closed,
        (State::Closed, '"') | (State::Quoted, _) => State::Quoted,
        (_, '\n' | '\r') => State::Between,
        (_, ',') => State::Start,
        (State::Closed, _) => return Err(Fault::AfterQuote),
        (State::Bare, '"') => return Err(Fault::BareQuote),
        (State::Start | State::Between, '"') => State::Quoted,
        _ => State::Bare,
    })
}

enum Fault {
    AfterQuote,
    BareQuote,
    NeverClosed,
}

impl Fault {
    /// The error of the record that begins last; `before` is the character before the fault, `at` the
    /// one there.
    fn at(self, start: Option<&usize>, before: char, at: char) -> BadSyntax {
        let (found, remedy) = match self {
            Self::AfterQuote => (
                format!("`{}` behind a quote that closes a field", at.escape_debug()),
                "double each quote inside a quoted field, also where a program wrote a backslash before it",
            ),
            Self::BareQuote if before.is_whitespace() => (
                "white space before the quote that opens a field".to_owned(),
                "remove it; or, if the quote is text, quote the whole field and double the quote",
            ),
            Self::BareQuote => (
                "a quote within a field that is not quoted".to_owned(),
                "quote the whole field, and double each quote inside it",
            ),
            Self::NeverClosed => (
                "a quote opened in this record and never closed".to_owned(),
                "close the quote, and double each quote inside a quoted field",
            ),
        };
        BadSyntax {
            line: start.copied().unwrap_or(1),
            found,
            remedy,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn records_begin_behind_line_ends_that_are_not_quoted() {
        for (text, lines) in [
            ("", &[][..]),
            ("\n\r\n", &[]),
            ("a,b\n\"c\nd\",e\n\nf", &[1, 2, 5]),
            ("a\r\n\"b\r\nc\"\r\nd", &[1, 2, 4]),
            ("a\rb\r\rc", &[1, 2, 4]),
            ("\"a \"\"b\"\"\",\"\"\n,\n", &[1, 2]),
        ] {
            assert_eq!(record_lines(text).unwrap(), lines, "{text:?}");
        }
    }

    #[test]
    fn quotes_that_a_lenient_reader_guesses_at_are_errors() {
        for (text, line, found) in [
            ("a,b\n\"c \\\"d\\\" e\",f\n", 2, "`d` behind a quote"),
            ("a\n\"b\"c\n", 2, "`c` behind a quote"),
            ("a\n\"b\" ,c\n", 2, "` ` behind a quote"),
            ("a\nb \"c\" d\n", 2, "white space before the quote"),
            ("a, \"b\"\n", 1, "white space before the quote"),
            ("a\n\nb\"c\n", 3, "a quote within a field"),
            ("a\n\"b\n\"\"\nc", 2, "never closed"),
        ] {
            let error = record_lines(text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}");
            assert!(error.found.contains(found), "{text:?}: {}", error.found);
        }
    }
}
