//! Someone who uses the console.

use crate::{
    page::Page,
    spot::Spot,
    stage::{Programs, Stage},
};
use anyhow::{Result, ensure};
use std::{fs, path::Path};
use xtask_harness::request::Credentials;

/// What the console asks for before anybody has signed in, and does not get.
const ASKED_TOO_EARLY: [&str; 3] = [
    "GET /v2/clusters?page=-1: 401",
    "GET /v2/usage/resource-events?scope=all&page=1&perPage=1: 401",
    "GET /v2/users/me: 401",
];

/// Someone who uses the console, in a browser of their own.
pub(crate) struct Visitor<'a> {
    pub(crate) page: Page,
    pub(crate) stage: &'a Stage,
    pub(crate) name: String,
    pub(crate) password: String,
}

// === impl Visitor ===

impl<'a> Visitor<'a> {
    /// Opens the console in a new browser. Pictures of it go to a folder named after the
    /// visitor.
    pub(crate) fn arrive(
        stage: &'a Stage,
        programs: &Programs,
        pictures: &Path,
        (name, password): (&str, &str),
    ) -> Result<Self> {
        let pictures = pictures.join(name);
        fs::create_dir_all(&pictures)?;
        let mut visitor = Self {
            page: Page::open(&programs.browser, &pictures, stage.origin())?,
            stage,
            name: name.to_owned(),
            password: password.to_owned(),
        };
        visitor.page.see(&Spot::of("#username"))?;
        visitor.complains(&ASKED_TOO_EARLY)?;
        Ok(visitor)
    }

    /// Returns with what the visitor asks the server itself.
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        Credentials::Password(&self.name, &self.password)
    }

    /// Types name and password, and waits for what the console makes of them.
    pub(crate) fn give_password(&mut self) -> Result<()> {
        self.page.fill(&Spot::of("#username"), &self.name)?;
        self.page.fill(&Spot::of("#password"), &self.password)?;
        self.page.click(&Spot::of("button[type=submit]"))?;
        self.page.settle()
    }

    /// Signs in and waits for the page that comes first.
    pub(crate) fn sign_in(&mut self, first: &str) -> Result<()> {
        self.give_password()?;
        let arrived = format!("location.hash === '#{first}'");
        self.page.until(&format!("{first} comes first"), &arrived)?;
        self.quiet()?;
        self.page.picture("first-page")
    }

    /// Says that there shall be no cluster, when the console asks for one.
    pub(crate) fn want_no_cluster(&mut self) -> Result<()> {
        let skip = Spot::saying("button", "Skip for Now");
        self.page.click(&skip)?;
        self.page.miss(&skip)?;
        self.quiet()
    }

    /// Chooses an entry of the menu on the left, and waits for its page.
    pub(crate) fn choose(&mut self, entry: &str) -> Result<()> {
        self.page.click(&Spot::saying("a.menu-item", entry))?;
        self.page
            .see(&Spot::saying("[class*=defaultTitle]", entry))?;
        self.quiet()
    }

    /// Chooses something from the menu of the visitor's own account.
    pub(crate) fn choose_of_own(&mut self, selector: &str, entry: &str) -> Result<()> {
        let name = format!("button[aria-label=\"{}\"]", self.name);
        self.page.point_at(&Spot::of(&name))?;
        self.page.click(&Spot::saying(selector, entry))
    }

    /// Signs out, and is back at the form.
    pub(crate) fn sign_out(&mut self) -> Result<()> {
        let cookie = self.page.cookie("gpustack_session")?;
        ensure!(self.knows(&cookie)? == 200, "the cookie signs nobody in");
        self.choose_of_own(".ant-dropdown button", "Log out")?;
        self.page.see(&Spot::of("#username"))?;
        self.quiet()?;
        self.page.picture("signed-out")?;
        self.page.keep_calls()?;
        ensure!(self.knows(&cookie)? == 401, "the session goes on");
        Ok(())
    }

    /// Waits until the page is at rest, and demands that it has complained about nothing.
    pub(crate) fn quiet(&mut self) -> Result<()> {
        self.complains(&[])
    }

    /// Waits until the page is at rest, and demands that it has complained about this and
    /// nothing else. The order does not matter.
    pub(crate) fn complains(&mut self, expected: &[&str]) -> Result<()> {
        self.page.settle()?;
        let mut complaints = self.page.troubles();
        complaints.sort();
        if complaints != expected {
            self.page.picture("complaint")?;
        }
        ensure!(
            complaints == expected,
            "the page complains: {complaints:#?}\ninstead of {expected:#?}"
        );
        Ok(())
    }

    /// Returns how the server answers someone with this cookie.
    fn knows(&self, cookie: &str) -> Result<u16> {
        let cookie = format!("gpustack_session={cookie}");
        self.stage.status_with_cookie("/v2/users/me", &cookie)
    }
}
