//! The four layers, and the firewall behind them.

use crate::error::Failure;
use crate::presented::MARK;
use crate::stop::Stop;
use crate::store::{marked, package};
use crate::{Presented, SecurityStack};
use database::Transaction;
use envelope::{
    CLIENT_SESSION_MS, ClientSession, ClientSessionError, PackageMac, ServerKey, StackKey,
};
use http_edge::ServiceRole;
use protocol::package::{
    CLIENT_SESSION, Concerned, Layer, LayerVerdict, SERVER_KEY, SERVER_SESSION, TRANSACTION,
};
use types::{PackageId, base64url};

/// A package that passed.
#[derive(Debug, Clone)]
pub struct Passed {
    /// The package.
    pub package: PackageId,
    /// For whom it is.
    pub concerned: Concerned,
    /// The verdicts of all layers.
    pub verdicts: Vec<LayerVerdict>,
    /// The key of its MAC, with which the answer's is made.
    pub(crate) key: ServerKey,
    pub(crate) mac: Vec<u8>,
}

/// What becomes of a package.
#[derive(Debug)]
pub enum Judged {
    /// It goes on.
    Passed(Box<Passed>),
    /// It does not.
    Stopped(Stop),
}

/// The verdicts while layer after layer judges.
#[derive(Default)]
struct Verdicts(Vec<LayerVerdict>);

impl Verdicts {
    fn pass(&mut self, layer: Layer, saw: impl Into<String>) {
        self.0.push(LayerVerdict {
            layer,
            passed: true,
            saw: saw.into(),
        });
    }

    fn stop(mut self, layer: Layer, reason: &str, concerned: Option<Concerned>) -> Stop {
        self.0.push(LayerVerdict {
            layer,
            passed: false,
            saw: reason.to_owned(),
        });
        Stop {
            layer: Some(layer),
            reason: reason.to_owned(),
            concerned,
            verdicts: self.0,
        }
    }
}

/// What layer 3 read.
struct Session {
    package: PackageId,
    sealed: Vec<u8>,
    session: ClientSession,
}

impl SecurityStack {
    /// Judges a package. One that passes has used up its session variable.
    pub async fn judge(&self, presented: &Presented<'_>) -> Result<Judged, Failure> {
        let mut verdicts = Verdicts::default();
        if let Err(reason) = transport(presented) {
            return Ok(Judged::Stopped(verdicts.stop(
                Layer::Transport,
                reason,
                None,
            )));
        }
        verdicts.pass(Layer::Transport, "TLS 1.3");
        if let Err(reason) = self.origin(presented) {
            return Ok(Judged::Stopped(verdicts.stop(Layer::Origin, reason, None)));
        }
        verdicts.pass(Layer::Origin, presented.caller.address.to_string());
        let keys = self.keys();
        let read = match self.client_session(presented, &keys) {
            Ok(read) => read,
            Err((reason, concerned)) => {
                let stop = verdicts.stop(Layer::ClientSession, &reason, concerned);
                return Ok(Judged::Stopped(stop));
            }
        };
        let concerned = read.session.concerned.clone();
        verdicts.pass(Layer::ClientSession, read.package.to_string());
        let (key, mac) = match server_session(presented, &read, &keys) {
            Ok(proved) => proved,
            Err(reason) => {
                let stop = verdicts.stop(Layer::ServerSession, reason, Some(concerned));
                return Ok(Judged::Stopped(stop));
            }
        };
        verdicts.pass(Layer::ServerSession, "the shared key and its MAC");
        if let Some(reason) = self
            .0
            .settings
            .firewall
            .rejects(presented.path, presented.body)
        {
            return Ok(Judged::Stopped(Stop {
                layer: None,
                reason: reason.to_owned(),
                concerned: Some(concerned),
                verdicts: verdicts.0,
            }));
        }
        if let Err(reason) = self.use_up(&read).await? {
            verdicts.0.truncate(2);
            let stop = verdicts.stop(Layer::ClientSession, reason, Some(concerned));
            return Ok(Judged::Stopped(stop));
        }
        Ok(Judged::Passed(Box::new(Passed {
            package: read.package,
            concerned,
            verdicts: verdicts.0,
            key,
            mac,
        })))
    }

    fn origin(&self, presented: &Presented<'_>) -> Result<(), &'static str> {
        let caller = presented.caller;
        if !self.0.settings.service_brokers.contains(&caller.address) {
            return Err("the address is not the service broker's");
        }
        if !caller.has(ServiceRole::Gateway) {
            return Err("the certificate is not the service broker's");
        }
        if http_edge::cookie(presented.headers, MARK).is_some() {
            return Err("the caller is marked");
        }
        Ok(())
    }

    fn client_session(
        &self,
        presented: &Presented<'_>,
        keys: &[StackKey],
    ) -> Result<Session, (String, Option<Concerned>)> {
        let refused = |reason: &str| (reason.to_owned(), None);
        let package = presented.field(TRANSACTION).and_then(|id| id.parse().ok());
        let package = package.ok_or_else(|| refused("there is no transaction number"))?;
        let sealed = presented.field(CLIENT_SESSION);
        let sealed = sealed.ok_or_else(|| refused("there is no client session variable"))?;
        let sealed = base64url::decode(sealed)
            .map_err(|_| refused("the client session variable is damaged"))?;
        let mut opened = keys.iter().map(|key| key.open(&sealed));
        let session = opened.find_map(Result::ok);
        let session = session
            .ok_or_else(|| refused("the client session variable is not the service broker's"))?;
        let concerned = self.0.calls.concerned(presented.path, presented.body);
        let concerned =
            concerned.map_err(|error| (error.to_string(), Some(session.concerned.clone())))?;
        let fits = session.check(package, &concerned, self.now());
        fits.map_err(|error: ClientSessionError| {
            let reason = format!("the client session variable does not fit: {error}");
            (reason, Some(session.concerned.clone()))
        })?;
        Ok(Session {
            package,
            sealed,
            session,
        })
    }

    /// Uses up a session variable, which must be new, of a device that is not marked.
    async fn use_up(&self, read: &Session) -> Result<Result<(), &'static str>, Failure> {
        let now = self.now();
        // The clocks may differ by the lifetime in either direction.
        let expires = now.plus_ms(3 * CLIENT_SESSION_MS);
        let (package, device) = (read.package, read.session.concerned.device);
        let used = async move |tx: &mut Transaction<'_>| {
            if let Some(device) = device
                && marked::is_marked(tx, device, now).await?
            {
                return Ok(Err("the device is marked"));
            }
            let is_new = package::use_up(tx, package, expires).await?;
            let used = "the client session variable was used before";
            Ok::<_, Failure>(if is_new { Ok(()) } else { Err(used) })
        };
        self.0.database.write(used).await
    }
}

fn transport(presented: &Presented<'_>) -> Result<(), &'static str> {
    if presented.caller.over_tls {
        Ok(())
    } else {
        Err("the package did not come over TLS")
    }
}

/// The shared key that the package shows, and the MAC that the key makes over it.
fn server_session(
    presented: &Presented<'_>,
    read: &Session,
    keys: &[StackKey],
) -> Result<(ServerKey, Vec<u8>), &'static str> {
    let key = presented
        .field(SERVER_KEY)
        .ok_or("there is no server key")?;
    let key: ServerKey = key.parse().map_err(|_| "the server key is damaged")?;
    if !keys.iter().any(|kept| kept.is(&key)) {
        return Err("the server key is not the one that is set");
    }
    let mac = presented
        .field(SERVER_SESSION)
        .and_then(|mac| base64url::decode(mac).ok());
    let mac = mac.ok_or("there is no server session variable")?;
    let covered = PackageMac {
        package: read.package,
        path: presented.path,
        client_session: &read.sealed,
        body: presented.body,
    };
    if !covered.matches(&key, &mac) {
        return Err(
            "the server session variable is not the one that the key makes of this package",
        );
    }
    Ok((key, mac))
}
