//! Whether the passbook is complete and as of when, and the connection: one quiet line.

use super::person::Person;
use crate::app::App;
use crate::model::Connection;
use crate::texts::fill;
use leptos::prelude::*;

pub(super) fn status() -> AnyView {
    let person = Person::here();
    let app = App::here();
    let line = Memo::new(move |_| {
        let home = app.home.read();
        let home = home.as_ref();
        let (connection, _) = &*app.connection.read();
        let is_complete = home.is_some_and(|home| home.complete);
        let as_of = home.map(|home| person.moment(home.as_of));
        line(&person, *connection, as_of.as_deref(), is_complete)
    });
    let state = move || match app.connection.read().0 {
        Connection::Live => "live",
        Connection::Connecting => "connecting",
        Connection::Offline => "offline",
        Connection::Limited => "limited",
        Connection::Ended => "ended",
    };
    view! {
        <p class="status" data-connection=state>
            <span class="dot" aria-hidden={"true"}></span>
            <span>{move || line.get()}</span>
        </p>
    }
    .into_any()
}

fn line(person: &Person, connection: Connection, as_of: Option<&str>, is_complete: bool) -> String {
    let status = &person.texts.status;
    let about = match (connection, is_complete) {
        (Connection::Live, true) => None,
        (Connection::Live, false) => Some(status.confirming),
        (Connection::Connecting, _) => Some(status.connecting),
        (Connection::Offline, _) => Some(status.offline),
        (Connection::Limited, _) => Some(status.limited),
        (Connection::Ended, _) => Some(status.ended),
    };
    let known = if is_complete {
        status.complete
    } else {
        status.as_of
    };
    let known = as_of.map(|as_of| fill(known, &[as_of]));
    let parts = [known, about.map(str::to_owned)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}
