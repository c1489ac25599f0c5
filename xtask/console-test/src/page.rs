//! A page, used as a person uses it: it is looked at, clicked and typed into.

use crate::{chromium::Chromium, spot::Spot, troubles::Troubles};
use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// How long something may take to appear.
const LIMIT: Duration = Duration::from_secs(8);

/// How often it is looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(30);

/// How often in a row nothing may be under way before a page is at rest: one request
/// leads to the next.
const QUIET_POLLS: u32 = 5;

const FINDERS: &str = include_str!("page.js");

/// The only page of a browser.
pub(crate) struct Page {
    chromium: Chromium,
    session: String,
    troubles: Troubles,
    pictures: PathBuf,
    picture_count: usize,
}

// === impl Page ===

impl Page {
    /// Starts a browser and opens the page of an address. Pictures of it go to a folder.
    pub(crate) fn open(program: &Path, pictures: &Path, origin: &str) -> Result<Self> {
        let mut chromium = Chromium::start(program, &pictures.join("chromium.log"))?;
        let target = json!({"url": "about:blank"});
        let target = chromium.order(None, "Target.createTarget", target)?;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = chromium.order(None, "Target.attachToTarget", attach)?;
        let session = attached["sessionId"].as_str().context("no session")?;
        let permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
        let permissions = json!({"origin": origin, "permissions": permissions});
        chromium.order(None, "Browser.grantPermissions", permissions)?;
        let mut page = Self {
            session: session.to_owned(),
            chromium,
            troubles: Troubles::of(origin),
            pictures: pictures.to_owned(),
            picture_count: 0,
        };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            page.order(&format!("{domain}.enable"), json!({}))?;
        }
        page.order("Runtime.addBinding", json!({"name": Troubles::REPORT}))?;
        let watch = json!({"source": include_str!("watch.js")});
        page.order("Page.addScriptToEvaluateOnNewDocument", watch)?;
        page.go_to(origin)?;
        Ok(page)
    }

    /// Goes to an address.
    pub(crate) fn go_to(&mut self, url: &str) -> Result<()> {
        let gone = self.order("Page.navigate", json!({"url": url}))?;
        ensure!(gone.get("errorText").is_none(), "{url}: {gone}");
        Ok(())
    }

    /// Loads the page anew.
    pub(crate) fn reload(&mut self) -> Result<()> {
        self.order("Page.reload", json!({}))?;
        Ok(())
    }

    /// Clicks on something as soon as it stands still with nothing before it.
    pub(crate) fn click(&mut self, spot: &Spot) -> Result<()> {
        let (across, down) = self.resting(spot)?;
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let (button, count) = match kind {
                "mouseMoved" => ("none", 0),
                _ => ("left", 1),
            };
            let mouse = json!({
                "type": kind, "x": across, "y": down, "button": button, "clickCount": count,
            });
            self.order("Input.dispatchMouseEvent", mouse)?;
        }
        Ok(())
    }

    /// Moves the pointer onto something.
    pub(crate) fn point_at(&mut self, spot: &Spot) -> Result<()> {
        let (across, down) = self.resting(spot)?;
        let mouse = json!({"type": "mouseMoved", "x": across, "y": down});
        self.order("Input.dispatchMouseEvent", mouse)?;
        Ok(())
    }

    /// Replaces what a field holds.
    pub(crate) fn fill(&mut self, spot: &Spot, text: &str) -> Result<()> {
        self.click(spot)?;
        let select = json!({"type": "rawKeyDown", "commands": ["selectAll"]});
        self.order("Input.dispatchKeyEvent", select)?;
        if text.is_empty() {
            self.press("Backspace", 8)?;
        } else {
            self.order("Input.insertText", json!({"text": text}))?;
        }
        let holds = format!(
            "found({})[0]?.value === {}",
            spot.to_script(),
            Value::from(text)
        );
        self.until(&format!("{spot:?} holds what was typed"), &holds)?;
        Ok(())
    }

    /// Presses and releases a key.
    pub(crate) fn press(&mut self, key: &str, code: u32) -> Result<()> {
        for kind in ["rawKeyDown", "keyUp"] {
            let event =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            self.order("Input.dispatchKeyEvent", event)?;
        }
        Ok(())
    }

    /// Waits until something is there.
    pub(crate) fn see(&mut self, spot: &Spot) -> Result<()> {
        let expression = format!("found({}).length > 0", spot.to_script());
        self.until(&format!("{spot:?} is there"), &expression)?;
        Ok(())
    }

    /// Waits until something is not there any more.
    pub(crate) fn miss(&mut self, spot: &Spot) -> Result<()> {
        let expression = format!("found({}).length === 0", spot.to_script());
        self.until(&format!("{spot:?} is gone"), &expression)?;
        Ok(())
    }

    /// Waits until something is there, and returns what it says.
    pub(crate) fn read(&mut self, spot: &Spot) -> Result<String> {
        let what = format!("{spot:?} says something");
        let expression = format!(
            "(element => element && plain(element.value ?? element.innerText))(found({})[0])",
            spot.to_script()
        );
        let said = self.until(&what, &expression)?;
        Ok(said.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until all elements together say these words, one each.
    pub(crate) fn see_all(&mut self, spot: &Spot, words: &[&str]) -> Result<()> {
        let said = format!(
            "found({}).map(element => plain(element.innerText))",
            spot.to_script()
        );
        let words = json!(words);
        let expression = format!("JSON.stringify({said}) === JSON.stringify({words})");
        let result = self.until(&format!("{spot:?} are {words}"), &expression);
        if result.is_err() {
            let said = self.evaluate(&said)?;
            return result.map(drop).context(format!("they are {said}"));
        }
        Ok(())
    }

    /// Waits until the page has all that it asked for, and shows it.
    pub(crate) fn settle(&mut self) -> Result<()> {
        let rest =
            "document.readyState === 'complete' && found([{selector: SPINNER}]).length === 0";
        let deadline = Instant::now() + LIMIT;
        let mut quiet = 0;
        while quiet < QUIET_POLLS {
            self.until("nothing is being loaded", rest)?;
            self.note_events();
            quiet = if self.troubles.is_idle() {
                quiet + 1
            } else {
                0
            };
            ensure!(Instant::now() < deadline, "{:?} go on", self.troubles);
            thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    /// Waits until an expression of the page's language is true, and returns its value.
    pub(crate) fn until(&mut self, what: &str, expression: &str) -> Result<Value> {
        let deadline = Instant::now() + LIMIT;
        loop {
            // While a page is being replaced there is nothing to ask.
            if let Ok(value) = self.evaluate(expression)
                && !matches!(&value, Value::Null | Value::Bool(false))
                && value != ""
            {
                return Ok(value);
            }
            if Instant::now() > deadline {
                let troubles = self.troubles().join("\n");
                self.picture("failed")?;
                bail!("it is not true that {what}\n{troubles}");
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// Evaluates an expression of the page's language.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let expression = format!("(async () => {{ {FINDERS} return {expression} }})()");
        let evaluate = json!({
            "expression": expression,
            "awaitPromise": true,
            "returnByValue": true,
            "userGesture": true,
        });
        let mut result = self.order("Runtime.evaluate", evaluate)?;
        if let Some(details) = result.get("exceptionDetails") {
            bail!("{expression}: {details}");
        }
        Ok(result["result"]["value"].take())
    }

    /// Returns the value of a cookie that the browser holds.
    pub(crate) fn cookie(&mut self, name: &str) -> Result<String> {
        let cookies = self.order("Network.getCookies", json!({}))?;
        let mut cookies = cookies["cookies"].as_array().into_iter().flatten();
        let cookie = cookies.find(|cookie| cookie["name"] == name);
        let value = cookie.and_then(|cookie| cookie["value"].as_str());
        Ok(value.context("there is no such cookie")?.to_owned())
    }

    /// Stores a picture of what the page shows.
    pub(crate) fn picture(&mut self, name: &str) -> Result<()> {
        let picture = self.order("Page.captureScreenshot", json!({"format": "png"}))?;
        let picture = BASE64_STANDARD.decode(picture["data"].as_str().unwrap_or_default())?;
        self.picture_count += 1;
        let name = format!("{:02}-{name}.png", self.picture_count);
        Ok(fs::write(self.pictures.join(name), picture)?)
    }

    /// Returns what the page complained about since it was last asked.
    pub(crate) fn troubles(&mut self) -> Vec<String> {
        self.note_events();
        self.troubles.take()
    }

    /// Adds the calls that the page made since it was last asked to a file beside the
    /// pictures.
    pub(crate) fn keep_calls(&mut self) -> Result<()> {
        self.note_events();
        let mut calls = self.troubles.take_calls().join("\n");
        calls.push('\n');
        let file = self.pictures.join("calls.txt");
        let mut file = File::options().create(true).append(true).open(file)?;
        Ok(file.write_all(calls.as_bytes())?)
    }

    /// Waits until something stands still with nothing before it, and returns its center.
    fn resting(&mut self, spot: &Spot) -> Result<(f64, f64)> {
        let what = format!("{spot:?} can be reached");
        let expression = format!("center({})", spot.to_script());
        let mut before = Value::Null;
        let deadline = Instant::now() + LIMIT;
        loop {
            let now = self.until(&what, &expression)?;
            if now == before {
                let number = |name: &str| now[name].as_f64().context("no place");
                return Ok((number("across")?, number("down")?));
            }
            ensure!(Instant::now() < deadline, "{spot:?} does not stand still");
            before = now;
            thread::sleep(POLL_INTERVAL);
        }
    }

    fn order(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.chromium.order(Some(&self.session), method, parameters)
    }

    fn note_events(&mut self) {
        for event in self.chromium.events() {
            self.troubles.note(&event);
        }
    }
}
