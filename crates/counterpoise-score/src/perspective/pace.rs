//! When the next request may be made.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use chrono::DateTime;

/// Requests a fixed time apart at least.
#[derive(Debug)]
pub(super) struct Pace {
    apart: Duration,
    next: Option<Instant>,
}

impl Pace {
    /// This many requests a second, at most.
    pub(super) fn new(queries_per_second: f64) -> Self {
        Self {
            apart: Duration::from_secs_f64(1.0 / queries_per_second),
            next: None,
        }
    }

    /// Waits until a request may be made, which then is.
    pub(super) fn wait(&mut self) {
        let now = Instant::now();
        let start = self.next.map_or(now, |next| next.max(now));
        thread::sleep(start - now);
        self.next = Some(start + self.apart);
    }
}

/// How long to wait before a request is made again: `first`, and twice as long each time after.
#[derive(Debug, Clone, Copy)]
pub(super) struct BackOff {
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

impl BackOff {
    /// The wait after the try number `tried`, from 0, where the service said `retry_after`.
    ///
    /// # Errors
    /// The service's own wait, if that is longer than is waited at most.
    pub(super) fn wait(
        self,
        tried: u32,
        retry_after: Option<Duration>,
    ) -> Result<Duration, Duration> {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(tried));
        match retry_after {
            Some(asked) if asked > self.longest => Err(asked),
            asked => Ok(doubled.min(self.longest).max(asked.unwrap_or_default())),
        }
    }
}

/// What a header `Retry-After` asks for: seconds, or an HTTP date. `None` if it is neither.
pub(super) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(header).ok()?;
    let seconds = u64::try_from(date.timestamp()).ok()?;
    let date = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    // A date that has passed asks for nothing.
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_up_to_the_longest_and_heed_the_service() {
        let back_off = BackOff {
            first: SECOND,
            longest: 10 * SECOND,
        };
        let waits: Vec<_> = (0..6).map(|tried| back_off.wait(tried, None)).collect();
        assert_eq!(waits, [1, 2, 4, 8, 10, 10].map(|s| Ok(s * SECOND)));
        assert_eq!(back_off.wait(u32::MAX, None), Ok(10 * SECOND));
        assert_eq!(back_off.wait(0, Some(7 * SECOND)), Ok(7 * SECOND));
        assert_eq!(back_off.wait(3, Some(SECOND)), Ok(8 * SECOND));
        assert_eq!(back_off.wait(0, Some(11 * SECOND)), Err(11 * SECOND));
    }

    #[test]
    fn both_forms_of_the_header_are_read() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let read = |header| retry_after(header, now);
        assert_eq!(read(" 120 "), Some(120 * SECOND));
        // The example of RFC 9110, section 5.6.7.
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:40 GMT"), Some(3 * SECOND));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:30 GMT"), Some(Duration::ZERO));
        for neither in ["", "-1", "soon", "1.5", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(read(neither), None, "{neither}");
        }
    }

    #[test]
    fn requests_are_a_fixed_time_apart() {
        let mut pace = Pace::new(50.0);
        let start = Instant::now();
        for _ in 0..4 {
            pace.wait();
        }
        assert!(start.elapsed() >= Duration::from_millis(60));
    }
}
