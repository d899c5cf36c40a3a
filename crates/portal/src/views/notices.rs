//! What the person must know about the whole passbook, above every page.

use super::asked::run;
use super::failed::failed;
use super::person::Person;
use super::unlock::forget;
use crate::app::{Act, App};
use crate::link::Ask;
use crate::model::{Connection, Failure};
use leptos::prelude::*;

/// What there is to know, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notice {
    Revoked,
    Stopped,
    EnrolmentExpired,
    Expired,
    Repair,
    Clock,
    Discrepancy,
}

pub(super) fn notices() -> AnyView {
    let app = App::here();
    let newest = Memo::new(move |_| newest(app));
    let waits = app.update_waits;
    view! {
        <div role="status">
            {move || newest.get().map(shown)}
            {move || waits.get().then(update)}
        </div>
    }
    .into_any()
}

/// Whether this browser can order nothing any more, whatever it knows.
pub(super) fn is_closed(app: App) -> bool {
    matches!(
        newest(app),
        Some(Notice::Revoked | Notice::Stopped | Notice::EnrolmentExpired)
    )
}

fn newest(app: App) -> Option<Notice> {
    let home = app.home.read();
    let home = home.as_ref();
    let connection = app.connection.read();
    let left_out = home.is_some_and(|home| home.left_out);
    let discrepancy = home.is_some_and(|home| home.discrepancy.is_some());
    notice(connection.0, connection.1.as_deref(), left_out, discrepancy)
}

fn notice(
    connection: Connection,
    why: Option<&str>,
    left_out: bool,
    discrepancy: bool,
) -> Option<Notice> {
    let of_connection = why.and_then(|why| match why {
        "customer_stopped" => Some(Notice::Stopped),
        "device_revoked" => Some(Notice::Revoked),
        "enrolment_expired" => Some(Notice::EnrolmentExpired),
        "token_expired" | "token_invalid" | "login_required" => Some(Notice::Expired),
        "books_in_repair" => Some(Notice::Repair),
        "clock" => Some(Notice::Clock),
        _ => None,
    });
    let ended = (connection == Connection::Ended).then_some(Notice::Expired);
    let left_out = left_out.then_some(Notice::Revoked);
    let discrepancy = discrepancy.then_some(Notice::Discrepancy);
    of_connection.or(left_out).or(ended).or(discrepancy)
}

fn shown(notice: Notice) -> AnyView {
    let person = Person::here();
    let status = &person.texts.status;
    let (title, text) = match notice {
        Notice::Revoked => (status.revoked_title, status.revoked),
        Notice::Stopped => (status.stopped_title, status.stopped),
        Notice::EnrolmentExpired => (status.expired_title, status.enrolment_expired),
        Notice::Expired => (status.expired_title, status.expired),
        Notice::Repair => (status.repair_title, status.repair),
        Notice::Clock => (status.clock_title, status.clock),
        Notice::Discrepancy => (status.discrepancy_title, status.discrepancy),
    };
    let kind = match notice {
        Notice::Discrepancy | Notice::Repair => "notice calm",
        _ => "notice",
    };
    let action = match notice {
        Notice::Expired => Some(log_in_button(|| {})),
        Notice::Revoked | Notice::Stopped | Notice::EnrolmentExpired => Some(forget()),
        Notice::Repair | Notice::Clock | Notice::Discrepancy => None,
    };
    view! {
        <section class=kind>
            <h2>{title}</h2>
            <p>{text}</p>
            {action}
        </section>
    }
    .into_any()
}

/// A new version of the app, which the person takes when they are not in the middle of something.
fn update() -> AnyView {
    let status = &Person::here().texts.status;
    let app = App::here();
    let take = move |_| run(async move { drop(app.act(Act::TakeUpdate).await) });
    view! {
        <section class="notice calm">
            <h2>{status.update_title}</h2>
            <p>{status.update}</p>
            <button type="button" on:click=take>{status.update_take}</button>
        </section>
    }
    .into_any()
}

/// Logs the person in and goes on, or says why that failed.
pub(super) fn log_in_button(then: impl Fn() + Clone + 'static) -> AnyView {
    let person = Person::here();
    let app = App::here();
    let failure = RwSignal::new(None::<Failure>);
    let log_in = move |_| {
        let then = then.clone();
        run(async move {
            let outcome: Result<(), Failure> = app.ask(Ask::LogIn).await;
            match outcome {
                Ok(()) => then(),
                Err(refused) => drop(failure.try_set(Some(refused))),
            }
        });
    };
    view! {
        <button type="button" on:click=log_in>{person.texts.common.log_in}</button>
        {move || failure.get().as_ref().map(failed)}
    }
    .into_any()
}
