//! A driver of the contract tests (`contract-tests/DRIVER.md`) over the public API of the Rust library, with either engine.

mod attributes;
mod call;
mod condition;
mod open;
mod operand;
mod read;
mod result;
mod script;
mod several;
mod single;
mod wire;

use std::io::{BufRead, Write};
use std::sync::Arc;

use serde_json::value::RawValue;
use tabletheory::{Error, TableTheory};

use self::script::{Script, Stage};
use self::wire::{Members, text};
use crate::Component;

/// What an answer is made of: JSON, or why the driver could not do it.
type Answer = Result<String, String>;

/// Answers requests until the input ends. Without a component, the native core is driven.
pub fn run(host: &str, component: Option<&Component>) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut driver = Driver { host, component, db: None, scripted: false, stage: Arc::default() };
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = runtime.block_on(driver.answer(&line?));
        let answer = answer.unwrap_or_else(|error| format!("{{\"driver_error\":{}}}", text(&error)));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

struct Driver<'a> {
    host: &'a str,
    component: Option<&'a Component>,
    db: Option<TableTheory>,
    scripted: bool,
    stage: Arc<Stage>,
}

impl Driver<'_> {
    async fn answer(&mut self, line: &str) -> Answer {
        let mut request = Members::read(line)?;
        if request.take("hello").is_some() {
            let host = text(self.host);
            return Ok(format!(
                "{{\"hello\":{{\"protocol\":1,\"host\":{host},\"version\":\"{}\"}}}}",
                env!("CARGO_PKG_VERSION")
            ));
        }
        if request.take("close").is_some() {
            self.db = None;
            return Ok("{\"closed\":true}".to_owned());
        }
        if let Some(options) = request.take("open") {
            self.db = None;
            return self.open(options.get());
        }
        if let Some(call) = request.take("explain") {
            let db = self.db.clone().ok_or("no client is open")?;
            return Ok(match db.explain(call.get()) {
                Ok(explanation) => format!("{{\"result\":{}}}", explanation.as_value()),
                Err(error) => failed(&error),
            });
        }
        let typed = request.take("call");
        let raw: Option<String> = request.parse("raw")?;
        let moment = request.take("moment");
        let script = request.parse::<Vec<Script>>("script")?;
        request.finish()?;
        let db = self.db.clone().ok_or("no client is open")?;
        self.stage.begin(moment.as_deref().map(RawValue::get), script.unwrap_or_default())?;
        let result = match (typed, raw) {
            (Some(call), None) => call::call(&db, call.get()).await,
            (None, Some(text)) => Ok(db.call(text).await.map(|document| document.as_str().to_owned())),
            _ => Err("a request has exactly one of `call` and `raw`".to_owned()),
        };
        let noted = self.stage.end(moment.is_some(), self.scripted);
        Ok(match result? {
            Ok(result) => format!("{{\"result\":{result}{noted}}}"),
            Err(error) => format!("{{\"error\":{}{noted}}}", error.to_json()),
        })
    }

    fn open(&mut self, options: &str) -> Answer {
        let options = open::Options::read(options)?;
        self.scripted = options.transport == "scripted";
        match open::open(options, self.component, &self.stage)? {
            Ok(db) => {
                self.db = Some(db);
                Ok("{\"opened\":true}".to_owned())
            }
            Err(error) => Ok(failed(&error)),
        }
    }
}

fn failed(error: &Error) -> String {
    format!("{{\"error\":{}}}", error.to_json())
}
