//! The operator's routes for decisions of a person: stopped subjects and contradicted channels.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http_edge::{Json, Rejection};
use notification::{Failure, Notification};
use protocol::http::{
    ContradictedChannel, ContradictedChannels, Release, Released, Restart, Restarted,
    StoppedSubject, StoppedSubjects,
};
use types::ErrorCode;

/// Maximum subjects or channels in one answer.
const LISTED_MAX: usize = 1_000;

/// The routes. The caller protects them with the operator's token.
pub(super) fn routes(notification: Notification) -> Router {
    let no_method = async || Rejection::from(ErrorCode::MethodNotAllowed);
    Router::new()
        .route("/v1/operator/subjects", get(subjects).post(release))
        .route("/v1/operator/channels", get(channels).post(restart))
        .method_not_allowed_fallback(no_method)
        .with_state(notification)
}

fn unavailable(failure: Failure) -> Rejection {
    Rejection::of_fault(ErrorCode::Unavailable, &failure)
}

async fn subjects(
    State(notification): State<Notification>,
) -> Result<Json<StoppedSubjects>, Rejection> {
    let stopped = notification.stopped_subjects(LISTED_MAX).await;
    let subject = |of: notification::StoppedSubject| StoppedSubject {
        subject: of.subject,
        sequence: of.sequence,
        reason: of.reason,
        since: of.since,
    };
    let subjects = stopped.map_err(unavailable)?.into_iter().map(subject);
    Ok(Json(StoppedSubjects {
        subjects: subjects.collect(),
    }))
}

async fn release(
    State(notification): State<Notification>,
    Json(body): Json<Release>,
) -> Result<Json<Released>, Rejection> {
    let released = notification.release_subject(&body.subject).await;
    Ok(Json(Released {
        released: released.map_err(unavailable)?,
    }))
}

async fn channels(
    State(notification): State<Notification>,
) -> Result<Json<ContradictedChannels>, Rejection> {
    let contradicted = notification.contradicted_channels(None, LISTED_MAX).await;
    let channel = |of: notification::Contradicted| ContradictedChannel {
        channel: of.channel,
        generation: of.generation,
        reason: of.reason,
    };
    let channels = contradicted.map_err(unavailable)?.into_iter().map(channel);
    Ok(Json(ContradictedChannels {
        channels: channels.collect(),
    }))
}

async fn restart(
    State(notification): State<Notification>,
    Json(body): Json<Restart>,
) -> Result<Json<Restarted>, Rejection> {
    let channels = match body.channel {
        Some(channel) => vec![channel],
        None => {
            let contradicted = notification.contradicted_channels(None, LISTED_MAX).await;
            let contradicted = contradicted.map_err(unavailable)?;
            contradicted.into_iter().map(|of| of.channel).collect()
        }
    };
    let mut restarted = 0;
    for channel in channels {
        let done = notification.restart_contradicted(channel).await;
        restarted += u64::from(done.map_err(unavailable)?);
    }
    Ok(Json(Restarted { restarted }))
}
