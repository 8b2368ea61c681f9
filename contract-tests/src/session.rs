//! One scenario on one host: opening the client, the steps, their assertions.

use crate::compare;
use crate::driver::Driver;
use crate::engine::Engine;
use crate::models::{Library, Model, describe};
use crate::moment;
use crate::plain::Plain;
use crate::scenario::{Action, Operation, Read, Scenario, Step};
use crate::value::Value;
use crate::verify::{self, Answer, Variables};
use crate::{plan, reads, several};
use std::collections::BTreeMap;

/// The credentials of scripted scenarios: AWS's own example, so that signatures can be compared.
const SCRIPTED_KEY: (&str, &str) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
/// Most calls of one walk from page to page.
const MOST_CALLS: u32 = 1000;
/// The region of all scenarios that name none.
const REGION: &str = "us-east-1";

/// A scenario with its schema.
pub struct Session<'a> {
    scenario: &'a Scenario,
    document: String,
    models: Vec<Model>,
}

impl<'a> Session<'a> {
    /// Finds the schema document of a scenario.
    pub fn prepare(scenario: &'a Scenario, library: &Library) -> Result<Session<'a>, String> {
        let document = match &scenario.dms {
            Some(own) => own.clone(),
            None => library.document(&scenario.dms_version, &scenario.models())?,
        };
        let models = describe(&document);
        Ok(Session { scenario, document, models })
    }

    fn model(&self, step: &Step) -> Result<&Model, String> {
        self.model_named(step, None)
    }

    /// The model of this name; the step's own for none.
    fn model_named(&self, step: &Step, name: Option<&str>) -> Result<&Model, String> {
        let name = name.or(step.model.as_deref()).unwrap_or(&self.scenario.model);
        let known = self.models.iter().find(|model| model.name == name);
        known.ok_or_else(|| format!("the schema document is invalid or has no model `{name}`"))
    }

    /// The table that a model is in, as the client is told.
    fn table(&self, model: &Model) -> String {
        let settings = self.tables();
        let named = settings.at(&["names", &model.name]).and_then(Value::as_str);
        let prefix = settings.get("prefix").and_then(Value::as_str).unwrap_or_default();
        named.map_or_else(|| format!("{prefix}{}", model.table), str::to_owned)
    }

    /// The table settings: the scenario's own, or the override of its model's table.
    fn tables(&self) -> Value {
        if let Some((_, own)) = self.scenario.client.settings.iter().find(|(name, _)| name == "tables") {
            return own.clone();
        }
        let main = self.models.iter().find(|model| model.name == self.scenario.model);
        let (Some(table), Some(main)) = (&self.scenario.table, main) else { return Value::Null };
        if *table == main.table {
            return Value::Null;
        }
        // Models that share the table of the scenario's model go with it.
        let moved = self.models.iter().filter(|model| model.table == main.table);
        Value::object([("names", Value::object(moved.map(|model| (model.name.clone(), Value::text(table)))))])
    }

    /// Drops the tables of all models of the scenario and, if wanted, makes them anew.
    pub fn fresh_tables(&self, engine: &Engine, create: bool) -> Result<(), String> {
        let mut tables: BTreeMap<String, Vec<&Model>> = BTreeMap::new();
        let used = self.scenario.models();
        for model in self.models.iter().filter(|model| used.contains(&model.name.as_str())) {
            tables.entry(self.table(model)).or_default().push(model);
        }
        for (table, models) in &tables {
            engine.drop_table(table)?;
            if create {
                engine.create_table(table, models)?;
            }
        }
        Ok(())
    }

    /// Opens a client and runs the steps.
    pub fn run(&self, driver: &mut Driver, engine: &Engine, transport: &str, steps: &[Step]) -> Result<(), String> {
        let open = self.open_request(driver.host(), engine, transport);
        let opened = driver.ask(&Value::object([("open", open)]))?;
        if opened.get("opened").is_none() && opened.get("error").is_none() {
            return Err(format!("the driver answered `open` with {opened}"));
        }
        let refused = opened.get("error").is_some().then_some(opened);
        let mut variables = Variables::new();
        for step in steps {
            let done = self.step(driver, engine, step, refused.as_ref(), &mut variables);
            done.map_err(|error| format!("{}: {error}", step.pointer))?;
        }
        let closed = driver.ask(&Value::object([("close", Value::Bool(true))]))?;
        if closed.get("closed").is_none() {
            return Err(format!("the driver answered `close` with {closed}"));
        }
        Ok(())
    }

    fn open_request(&self, host: &str, engine: &Engine, transport: &str) -> Value {
        let scenario = self.scenario;
        let client = &scenario.client;
        let scripted = scenario.scripted;
        let mut open = Value::object([("dms", Value::text(&self.document))]);
        if let Some(region) = client.region.clone().unwrap_or_else(|| Some(REGION.to_owned())) {
            open.set("region", Value::String(region));
        }
        let endpoint = client.endpoint.clone().unwrap_or_else(|| (!scripted).then(|| engine.endpoint.clone()));
        if let Some(endpoint) = endpoint {
            open.set("endpoint", Value::String(endpoint));
        }
        open.set("transport", if scripted { "scripted".into() } else { transport.into() });
        let (key, secret) = if scripted { SCRIPTED_KEY } else { (engine.access_key.as_str(), "contract-secret") };
        let usual = || {
            let members = [("access_key_id", Value::from(key)), ("secret_access_key", Value::from(secret))];
            Some(Value::Array(vec![Value::object(members)]))
        };
        if let Some(credentials) = client.credentials.clone().unwrap_or_else(usual) {
            open.set("credentials", credentials);
        }
        let tables = self.tables();
        if tables != Value::Null {
            open.set("tables", tables);
        }
        if scenario.capabilities.iter().any(|name| name == crate::capabilities::EXACT_NUMBERS)
            && let Some(numbers) = crate::hosts::find(host).and_then(|host| host.exact_numbers)
        {
            open.set("numbers", numbers.into());
        }
        for (name, value) in client.settings.iter().filter(|(name, _)| name != "tables") {
            open.set(name, value.clone());
        }
        open
    }

    fn step(
        &self,
        driver: &mut Driver,
        engine: &Engine,
        step: &Step,
        refused: Option<&Value>,
        variables: &mut Variables,
    ) -> Result<(), String> {
        let answer = match &step.action {
            Action::Sleep(ms) => {
                std::thread::sleep(std::time::Duration::from_millis(*ms));
                return Ok(());
            }
            Action::RawPut(_) | Action::RawDelete | Action::RawGet => {
                let model = self.model(step)?;
                self.raw(engine, step, model)?;
                return verify::stored(self.read(engine, step, model)?.as_ref(), model, &step.expect);
            }
            Action::CreateAll(items) => return self.create_all(driver, step, items, refused),
            Action::Read(read) => self.read_pages(driver, step, read, refused, variables)?,
            action => match self.looked_at(driver, step, action, refused)? {
                Some(answer) => answer,
                None => return Ok(()),
            },
        };
        let flat = several::flat(&answer);
        let answer = Answer(&answer);
        verify::outcome(&answer, &step.expect)?;
        verify::answer(&answer, &step.expect)?;
        if step.expect.looks_at_pages() {
            reads::verify(&Answer(&flat), self.model(step)?, &step.expect)?;
        }
        self.items(engine, step, &answer, variables)
    }

    fn create_all(
        &self,
        driver: &mut Driver,
        step: &Step,
        items: &[Value],
        refused: Option<&Value>,
    ) -> Result<(), String> {
        let model = self.model(step)?;
        for (at, item) in items.iter().enumerate() {
            let members =
                [("op", "create".into()), ("model", Value::text(&model.name)), ("item", plan::attributes(model, item))];
            let answer = self.call(driver, step, &Action::Call(Value::object(members)), refused)?;
            let answer = answer.ok_or("the driver does not support this call")?;
            verify::outcome(&Answer(&answer), &step.expect).map_err(|error| format!("item {at}: {error}"))?;
        }
        Ok(())
    }

    /// Does the read of a step: one call, or as many as there are cursors.
    fn read_pages(
        &self,
        driver: &mut Driver,
        step: &Step,
        read: &Read,
        refused: Option<&Value>,
        variables: &mut Variables,
    ) -> Result<Value, String> {
        let mut call = reads::call(self.model(step)?, read, variables)?;
        let mut ask = |call: &Value| {
            let answer = self.call(driver, step, &Action::Call(call.clone()), refused)?;
            answer.ok_or_else(|| String::from("the driver does not support this call"))
        };
        let mut answer = ask(&call)?;
        let (mut last, mut calls) = (answer.clone(), 1);
        while read.walk
            && let Some(next) = reads::next(&call, &last)
        {
            if calls == MOST_CALLS {
                return Err(format!("there are still more pages after {MOST_CALLS} calls"));
            }
            last = ask(&next)?;
            answer = reads::join(answer, last.clone());
            (call, calls) = (next, calls + 1);
        }
        if let Some(variable) = &read.save_cursor {
            let cursor = answer.at(&["result", "cursor"]).and_then(Value::as_str);
            variables.insert(variable.clone(), cursor.map_or(Plain::Null, |cursor| Plain::Text(cursor.to_owned())));
        }
        Ok(answer)
    }

    /// Does the call of a step; in scenarios of evidence, that of a new item is looked at before.
    fn looked_at(
        &self,
        driver: &mut Driver,
        step: &Step,
        action: &Action,
        refused: Option<&Value>,
    ) -> Result<Option<Value>, String> {
        if let Action::Operation(Operation { op: "create" | "put", item: Some(item), .. }) = action
            && self.scenario.capabilities.iter().any(|name| name == crate::capabilities::PROVENANCE)
            && let Some(call) = several::provenance_of(item)
        {
            let answer = self.call(driver, step, &Action::Call(call), refused)?;
            if answer.as_ref().is_none_or(|answer| answer.get("error").is_some()) {
                return Ok(answer);
            }
        }
        self.call(driver, step, action, refused)
    }

    /// Does the call of a step. `None`: the library's raw entry takes objects, and the text is none.
    fn call(
        &self,
        driver: &mut Driver,
        step: &Step,
        action: &Action,
        refused: Option<&Value>,
    ) -> Result<Option<Value>, String> {
        let (kind, call) = match action {
            Action::Operation(operation) => ("call", plan::call(self.model(step)?, operation)?),
            Action::Several(several) => ("call", several::call(&|name| self.model_named(step, name), several)?),
            Action::Call(document) => ("call", document.clone()),
            Action::Raw(text) => ("raw", Value::text(text)),
            Action::Explain(document) => ("explain", document.clone()),
            _ => return Err("this is no call".into()),
        };
        if let Some(refused) = refused {
            return Ok(Some(refused.clone()));
        }
        let mut request = Value::object([(kind, call.clone())]);
        if let Some(clock) = step.clock.as_ref().or(self.scenario.clock.as_ref()) {
            let seed = step.seed.as_ref().unwrap_or(&self.scenario.seed);
            let moment = [("nanos", Value::text(moment::nanos(clock)?)), ("seed", Value::text(seed))];
            request.set("moment", Value::object(moment));
        }
        let explains = matches!(action, Action::Explain(_));
        if self.scenario.scripted && !explains {
            request.set("script", Value::Array(step.script.iter().map(|entry| entry.0.clone()).collect()));
        }
        let answer = driver.ask(&request)?;
        if answer.get("unsupported").is_some() {
            let is_text = matches!(action, Action::Raw(text) if crate::json::parse(text).is_err());
            return if is_text { Ok(None) } else { Err("the driver does not support this call".into()) };
        }
        // A raw call is a text that is often a call document, and sometimes nothing of the kind.
        let parsed = call.as_str().and_then(|text| crate::json::parse(text).ok());
        verify::no_leak(&Answer(&answer), parsed.as_ref().unwrap_or(&call))?;
        if !explains {
            self.used_up(step, &answer)?;
        }
        Ok(Some(answer))
    }

    /// A script that is not used up is a wrong expectation, too.
    fn used_up(&self, step: &Step, answer: &Value) -> Result<(), String> {
        if !self.scenario.scripted {
            return Ok(());
        }
        let sent = answer.get("requests").and_then(Value::elements).ok_or("the driver reports no requests")?.len();
        if sent == step.script.len() {
            return Ok(());
        }
        let outcome =
            answer.get("error").map_or_else(|| "it succeeded".to_owned(), |error| format!("it failed: {error}"));
        Err(format!("{sent} requests were sent for {} entries of the script; {outcome}", step.script.len()))
    }

    fn raw(&self, engine: &Engine, step: &Step, model: &Model) -> Result<(), String> {
        let table = self.table(model);
        match &step.action {
            Action::RawPut(attributes) => {
                let mut item = stored_key(model, step.key.as_ref())?;
                for (name, value) in attributes.members().unwrap_or_default() {
                    item.set(name, value.clone());
                }
                engine.put(&table, &item)
            }
            Action::RawDelete => engine.delete(&table, &stored_key(model, step.key.as_ref())?),
            _ => Ok(()),
        }
    }

    fn read(&self, engine: &Engine, step: &Step, model: &Model) -> Result<Option<Value>, String> {
        if !step.expect.reads_raw() && !step.expect.reads_item() && step.save.is_empty() {
            return Ok(None);
        }
        engine.get(&self.table(model), &stored_key(model, step.key.as_ref())?)
    }

    fn items(&self, engine: &Engine, step: &Step, answer: &Answer, variables: &mut Variables) -> Result<(), String> {
        let expect = &step.expect;
        if !expect.reads_item() && !expect.reads_raw() && step.save.is_empty() {
            return Ok(());
        }
        let model = self.model(step)?;
        let in_answer = answer.item();
        let raw = if expect.reads_raw() || (in_answer.is_none() && !self.scenario.scripted) {
            self.read(engine, step, model)?
        } else {
            None
        };
        let item = match (in_answer, &raw) {
            (Some(item), _) => {
                Some(compare::given(model, item).map_err(|error| format!("item of the answer: {error}"))?)
            }
            (None, Some(raw)) => Some(compare::stored(model, raw).map_err(|error| format!("stored item: {error}"))?),
            (None, None) => None,
        };
        if expect.reads_item() || !step.save.is_empty() {
            let item = item.as_ref().ok_or("neither the answer nor the table has an item")?;
            verify::item(item, model, expect, variables)?;
            for (variable, name) in &step.save {
                let value = item.get(name).ok_or_else(|| format!("`{name}` is absent"))?;
                variables.insert(variable.clone(), value.clone());
            }
        }
        if expect.reads_raw() { verify::stored(raw.as_ref(), model, expect) } else { Ok(()) }
    }
}

/// The key of a step as attribute values.
fn stored_key(model: &Model, key: Option<&Value>) -> Result<Value, String> {
    let key = key.ok_or("the step names no key")?;
    let mut stored = Value::Object(Vec::new());
    for (at, name) in model.key_names().enumerate() {
        let kind = &model.attribute(name).ok_or_else(|| format!("`{name}` is no attribute"))?.kind;
        let part =
            key.get(name).or_else(|| key.elements()?.get(at)).ok_or_else(|| format!("the key lacks `{name}`"))?;
        let text = match part {
            Value::String(text) | Value::Number(text) => text.clone(),
            _ => match part.only_member() {
                Some(("$binary" | "$number", Value::String(text))) => text.clone(),
                _ => return Err(format!("`{name}` of the key is {}", part.kind())),
            },
        };
        stored.set(name, Value::object([(kind.as_str(), Value::String(text))]));
    }
    Ok(stored)
}
