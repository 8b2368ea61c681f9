//! Whether a refused request is sent again, and after how long: the AWS SDKs' standard mode, with full jitter and a budget.

use super::response::{Refusal, RetryClass};
use crate::error::{Code, Error, Outcome};
use crate::json::members;

/// Throttles begin with a wait this many times longer than other failures: one second by default. DynamoDB refills a
/// throttled partition's or table's throughput second by second, so a shorter wait only asks again in vain.
pub const THROTTLE_FACTOR: u64 = 40;
/// What a retry takes from the budget.
pub const COST: u32 = 5;
/// What a retry after a time-out takes: those tie up a connection for long.
pub const TIMEOUT_COST: u32 = 10;

members! {
    /// How often and how patiently requests are tried again. One policy for all languages.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
    #[cfg_attr(feature = "schema", schemars(default, deny_unknown_fields))]
    pub struct RetrySettings {
        /// Attempts in total, the first included; at least 1. Default 4.
        pub max_attempts: u32,
        /// Upper bound of the first wait in milliseconds; it doubles from attempt to attempt. Default 25; throttles take 40 times as much.
        pub base_ms: u32,
        /// Upper bound of every wait in milliseconds, also of those that the service asks for. Default 20000.
        pub max_backoff_ms: u32,
        /// Tokens of the client's retry budget; a retry takes 5, after a time-out 10, successes bring them back. Default 500; 0: no retries.
        pub budget: u32,
    }
    default
}

impl Default for RetrySettings {
    fn default() -> Self {
        RetrySettings { max_attempts: 4, base_ms: 25, max_backoff_ms: 20_000, budget: 500 }
    }
}

impl RetrySettings {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`Code::Configuration`]: no attempts at all.
    pub fn check(&self) -> Result<(), Error> {
        if self.max_attempts == 0 {
            return Err(Error::new(Code::Configuration, "`max_attempts` is 0").hint("1 is one attempt and no retry"));
        }
        Ok(())
    }
}

/// The tokens that a client's retries draw on, so that retries do not multiply the load on a service in trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    capacity: u32,
    available: u32,
}

impl Budget {
    /// A full budget.
    pub fn new(capacity: u32) -> Budget {
        Budget { capacity, available: capacity }
    }

    /// Takes `cost` tokens, or none when there are not so many.
    pub fn take(&mut self, cost: u32) -> bool {
        let left = self.available.checked_sub(cost);
        self.available = left.unwrap_or(self.available);
        left.is_some()
    }

    /// A request succeeded: gives back what its last retry cost ([`Retry::cost`]), or 1 when the first attempt did it.
    pub fn success(&mut self, last_cost: Option<u32>) {
        self.available = self.available.saturating_add(last_cost.unwrap_or(1)).min(self.capacity);
    }

    /// Tokens that are left.
    pub fn available(&self) -> u32 {
        self.available
    }
}

/// Whether a request may be sent again when it may have been applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Reads, and writes that have the same effect twice.
    Always,
    /// Other writes: only when the service surely did not apply it. Otherwise the operation ends with outcome `unknown`.
    OnlyIfNotApplied,
}

/// One attempt that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which one it was, from 1. Attempts repeated for a corrected clock or new credentials are not counted.
    pub number: u32,
    /// As the refusal says.
    pub class: RetryClass,
    /// As the refusal says.
    pub retry_after_ms: Option<u64>,
    /// The request may have been applied.
    pub may_be_applied: bool,
    /// There was no answer in time.
    pub timed_out: bool,
}

impl Attempt {
    /// The attempt with this number, which ended so.
    pub fn of(number: u32, refusal: &Refusal<'_>) -> Attempt {
        let details = refusal.error.details();
        Attempt {
            number,
            class: refusal.retry,
            retry_after_ms: refusal.retry_after_ms,
            may_be_applied: details.outcome == Outcome::Unknown,
            timed_out: details.code == Code::Timeout && details.status.is_none(),
        }
    }
}

/// A retry that was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How long to wait first, in milliseconds.
    pub delay_ms: u32,
    /// What it took from the budget; for [`Budget::success`].
    pub cost: u32,
}

/// Decides on a retry; `None`: the operation ends with the error. `seed` is 64 fresh random bits.
///
/// [`RetryClass::ClockSkew`] and [`RetryClass::ExpiredCredentials`] are not for waiting: whoever drives the operation corrects the
/// clock or renews the credentials, once, and sends again at once. Here they are final.
pub fn decide(
    settings: &RetrySettings,
    budget: &mut Budget,
    repeat: Repeat,
    attempt: &Attempt,
    seed: u64,
) -> Option<Retry> {
    let waits = matches!(attempt.class, RetryClass::Transient | RetryClass::Throttle | RetryClass::Stale);
    let safe = repeat == Repeat::Always || !attempt.may_be_applied;
    if !waits || !safe || attempt.number >= settings.max_attempts {
        return None;
    }
    let cost = if attempt.timed_out { TIMEOUT_COST } else { COST };
    budget.take(cost).then(|| Retry { delay_ms: delay_ms(settings, attempt, seed), cost })
}

/// The wait after an attempt: uniform in `[0, min(max_backoff, base · 2^(number − 1))]`, but no less than the service asks for,
/// and never more than `max_backoff_ms`.
pub fn delay_ms(settings: &RetrySettings, attempt: &Attempt, seed: u64) -> u32 {
    let most = u64::from(settings.max_backoff_ms);
    let factor = if attempt.class == RetryClass::Throttle { THROTTLE_FACTOR } else { 1 };
    let doubled = 1_u64.checked_shl(attempt.number.saturating_sub(1)).unwrap_or(u64::MAX);
    let bound = (u64::from(settings.base_ms) * factor).saturating_mul(doubled).min(most);
    // The upper bits of a 128-bit product: uniform, without a division.
    let jittered = ((u128::from(seed) * u128::from(bound + 1)) >> 64) as u64;
    let floor = attempt.retry_after_ms.unwrap_or(0).min(most);
    u32::try_from(jittered.max(floor)).unwrap_or(settings.max_backoff_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attempt(number: u32, class: RetryClass) -> Attempt {
        Attempt { number, class, retry_after_ms: None, may_be_applied: false, timed_out: false }
    }

    #[test]
    fn waits_double_up_to_the_bound() {
        let settings = RetrySettings::default();
        for (number, class, longest) in [
            (1, RetryClass::Transient, 25),
            (2, RetryClass::Transient, 50),
            (3, RetryClass::Transient, 100),
            (1, RetryClass::Throttle, 1000),
            (3, RetryClass::Throttle, 4000),
            (6, RetryClass::Throttle, 20_000),
            (64, RetryClass::Transient, 20_000),
            (u32::MAX, RetryClass::Transient, 20_000),
        ] {
            assert_eq!(delay_ms(&settings, &attempt(number, class), u64::MAX), longest, "{number} {class:?}");
            assert_eq!(delay_ms(&settings, &attempt(number, class), 0), 0);
        }
        assert_eq!(delay_ms(&settings, &attempt(2, RetryClass::Transient), 1 << 63), 25);
    }

    #[test]
    fn what_the_service_asks_for_is_a_floor_up_to_the_bound() {
        let settings = RetrySettings::default();
        let asked = |ms| Attempt { retry_after_ms: Some(ms), ..attempt(1, RetryClass::Throttle) };
        assert_eq!(delay_ms(&settings, &asked(300), 0), 300);
        assert_eq!(delay_ms(&settings, &asked(300), u64::MAX), 1000);
        assert_eq!(delay_ms(&settings, &asked(u64::MAX), 0), 20_000);
    }

    #[test]
    fn the_budget_runs_out_and_comes_back() {
        let settings = RetrySettings { budget: 17, ..RetrySettings::default() };
        let mut budget = Budget::new(settings.budget);
        let lost = Attempt { timed_out: true, ..attempt(1, RetryClass::Transient) };
        let go = |attempt: &Attempt, budget: &mut Budget| decide(&settings, budget, Repeat::Always, attempt, 0);
        assert_eq!(go(&lost, &mut budget), Some(Retry { delay_ms: 0, cost: TIMEOUT_COST }));
        assert_eq!(go(&lost, &mut budget), None);
        assert_eq!(go(&attempt(1, RetryClass::Throttle), &mut budget), Some(Retry { delay_ms: 0, cost: COST }));
        assert_eq!((go(&attempt(1, RetryClass::Throttle), &mut budget), budget.available()), (None, 2));
        budget.success(None);
        assert_eq!(budget.available(), 3);
        budget.success(Some(TIMEOUT_COST));
        budget.success(Some(TIMEOUT_COST));
        assert_eq!(budget.available(), 17);
    }

    #[test]
    fn what_is_never_retried() {
        let settings = RetrySettings::default();
        let decide = |repeat, attempt: Attempt| decide(&settings, &mut Budget::new(500), repeat, &attempt, 0).is_some();
        assert!(decide(Repeat::Always, attempt(3, RetryClass::Transient)));
        assert!(!decide(Repeat::Always, attempt(4, RetryClass::Transient)));
        for class in [RetryClass::None, RetryClass::ExpiredCredentials, RetryClass::ClockSkew { server_millis: 1 }] {
            assert!(!decide(Repeat::Always, attempt(1, class)), "{class:?}");
        }
        let perhaps = Attempt { may_be_applied: true, ..attempt(1, RetryClass::Transient) };
        assert!(decide(Repeat::Always, perhaps));
        assert!(!decide(Repeat::OnlyIfNotApplied, perhaps));
        assert!(decide(Repeat::OnlyIfNotApplied, attempt(1, RetryClass::Transient)));
    }

    #[test]
    fn settings_documents() {
        let read = crate::json::read::<RetrySettings>;
        assert_eq!(read("{}").unwrap(), RetrySettings::default());
        let some = read(r#"{"max_attempts":1,"budget":0}"#).unwrap();
        assert_eq!(some, RetrySettings { max_attempts: 1, budget: 0, ..RetrySettings::default() });
        assert!(some.check().is_ok());
        assert!(read(r#"{"attempts":1}"#).is_err());
        assert!(read(r#"{"base_ms":-1}"#).is_err());
        assert_eq!(read(r#"{"max_attempts":0}"#).unwrap().check().unwrap_err().code(), Code::Configuration);
    }

    proptest! {
        #[test]
        fn waits_stay_within_their_bounds(
            base_ms: u32, max_backoff_ms: u32, number: u32, throttle: bool, retry_after_ms: Option<u64>, seed: u64,
        ) {
            let settings = RetrySettings { base_ms, max_backoff_ms, ..RetrySettings::default() };
            let class = if throttle { RetryClass::Throttle } else { RetryClass::Transient };
            let attempt = Attempt { retry_after_ms, ..attempt(number, class) };
            let delay = delay_ms(&settings, &attempt, seed);
            prop_assert!(delay <= max_backoff_ms);
            prop_assert!(u64::from(delay) >= retry_after_ms.unwrap_or(0).min(u64::from(max_backoff_ms)));
            if retry_after_ms.is_none() && number <= 1 {
                let factor = if throttle { THROTTLE_FACTOR } else { 1 };
                prop_assert!(u64::from(delay) <= u64::from(base_ms) * factor);
            }
        }

        #[test]
        fn a_budget_stays_between_nothing_and_full(capacity in 0_u32..100, steps: Vec<(bool, u16)>) {
            let mut budget = Budget::new(capacity);
            for (success, cost) in steps {
                let (before, cost) = (budget.available(), u32::from(cost) % 40);
                if success {
                    budget.success((cost > 0).then_some(cost));
                    prop_assert!(budget.available() >= before);
                } else if budget.take(cost) {
                    prop_assert_eq!(budget.available() + cost, before);
                } else {
                    prop_assert!(cost > before && budget.available() == before);
                }
                prop_assert!(budget.available() <= capacity);
            }
        }
    }
}
