//! How builders are declared, and the options that they share.

/// Defines a builder of one operation: its options, and how its result is read.
macro_rules! operation {
    ($(#[$doc:meta])* $name:ident $([$generic:ident])? -> $output:ty, $read:expr, { $($option:ident)* }) => {
        $(#[$doc])*
        #[must_use = "a call does nothing until it is awaited"]
        pub struct $name $(<$generic>)? {
            pub(crate) call: $crate::call::Call,
            $(result: std::marker::PhantomData<fn() -> $generic>,)?
        }

        impl $(<$generic: serde::de::DeserializeOwned + Send + 'static>)? $name $(<$generic>)? {
            pub(crate) fn new(call: $crate::call::Call) -> Self {
                $name { call, $(result: std::marker::PhantomData::<fn() -> $generic>)? }
            }

            $($crate::options::option!($option);)*

            /// What the call would do, without doing it.
            ///
            /// # Errors
            /// What it would be refused with before anything is sent.
            pub fn explain(self) -> Result<$crate::Explanation, $crate::error::Error> {
                self.call.explain()
            }

            /// Sends the call; gives its result with the statistics of its requests.
            ///
            /// # Errors
            /// As awaiting the call itself.
            pub async fn outcome(self) -> Result<$crate::outcome::Outcome<$output>, $crate::error::Error> {
                let document = self.call.run().await?;
                let mut members: $crate::outcome::Members<'_ $(, $generic)?> = document.read()?;
                let read: fn(&mut $crate::outcome::Members<'_ $(, $generic)?>) -> Result<$output, $crate::error::Error> = $read;
                let value = read(&mut members)?;
                Ok($crate::outcome::Outcome { value, stats: members.stats })
            }
        }

        impl $(<$generic: serde::de::DeserializeOwned + Send + 'static>)? std::future::IntoFuture for $name $(<$generic>)? {
            type Output = Result<$output, $crate::error::Error>;
            type IntoFuture = futures_util::future::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(async { self.outcome().await.map(|outcome| outcome.value) })
            }
        }
    };
}
pub(crate) use operation;

/// The options that several operations share.
macro_rules! option {
    (condition) => {
        /// Only if this is true of the item as it is stored; else `ErrConditionFailed`. Several conditions must all be true.
        pub fn condition(mut self, condition: $crate::Condition) -> Self {
            self.call.condition(condition);
            self
        }
    };
    (expect_version) => {
        /// Only if the stored version is this one; else `ErrVersionConflict`.
        pub fn expect_version(mut self, version: impl serde::Serialize) -> Self {
            self.call.set("expect_version", &version);
            self
        }
    };
    (return_old_on_failure) => {
        /// When a condition fails, the error brings the item that failed it: [`Error::old_item`](crate::Error::old_item).
        pub fn return_old_on_failure(mut self) -> Self {
            self.call.set("return_old_on_failure", &true);
            self
        }
    };
    (return_values) => {
        /// What the service gives back: [`ReturnValues::AllOld`](crate::ReturnValues) for the item before.
        pub fn return_values(mut self, values: $crate::ReturnValues) -> Self {
            self.call.set("return_values", values.as_str());
            self
        }
    };
    (returning) => {
        /// Gives back something else than the whole item after: `None`, the item before, or only the attributes that were updated.
        /// `U` is a type that such a part fits, for instance [`Item`](crate::Item).
        pub fn returning<U: serde::de::DeserializeOwned + Send + 'static>(
            mut self,
            values: $crate::ReturnValues,
        ) -> Returning<U> {
            self.call.set("return_values", values.as_str());
            Returning::new(self.call)
        }
    };
    (consistent) => {
        /// A strongly consistent read.
        pub fn consistent(mut self) -> Self {
            self.call.set("consistent", &true);
            self
        }
    };
    (projection) => {
        /// Reads these attributes only, by name or path.
        pub fn projection<P: AsRef<str>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
            self.call.list("projection");
            for path in paths {
                self.call.element("projection", path.as_ref());
            }
            self
        }
    };
    (raw) => {
        /// Gives attributes that the schema does not know, too.
        pub fn raw(mut self) -> Self {
            self.call.set("raw", &true);
            self
        }
    };
}
pub(crate) use option;
