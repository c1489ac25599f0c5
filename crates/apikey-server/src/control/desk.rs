//! Hands out sessions of platform admins to whoever operates the service.

use super::{Answer, Handed, NewPassword};
use apikey_domain::{
    error::{Error, Missing, with_causes},
    identity::user::Username,
    use_case::{
        operation::operator_session::{
            create_platform_admin, first_platform_admin, open_session_for_operator,
        },
        ports::IdentityPorts,
    },
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Hands out sessions at a server.
#[derive(Clone)]
pub struct OperatorDesk {
    identity: IdentityPorts,
    /// Where the server is reached from this machine.
    address: SocketAddr,
}

// === impl OperatorDesk ===

impl OperatorDesk {
    /// Hands out sessions at a server that listens on this address.
    pub fn new(identity: IdentityPorts, listens: SocketAddr) -> Self {
        let ip = match listens.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let address = SocketAddr::new(ip, listens.port());
        Self { identity, address }
    }

    /// Begins a session of the platform admin of this name, or else of the first one.
    pub async fn session(&self, name: Option<&str>) -> Answer {
        match self.begun(name).await {
            Ok(Some(handed)) => Answer::Session(handed),
            Ok(None) => Answer::NoAdministrator,
            Err(Error::NotFound(Missing::User)) => Answer::NoSuchUser,
            Err(error) => refused(&error),
        }
    }

    async fn begun(&self, name: Option<&str>) -> Result<Option<Handed>, Error> {
        let first = match name {
            Some(_) => None,
            None => first_platform_admin(&*self.identity.directory).await?,
        };
        let first = first.as_ref().map(|user| user.username.as_str());
        let Some(name) = name.or(first) else {
            return Ok(None);
        };
        let opened = open_session_for_operator(&self.identity, name).await?;
        tracing::info!(username = name, "began a session for a command");
        Ok(Some(Handed {
            address: self.address,
            token: opened.token,
        }))
    }

    /// Creates a platform admin if there is none.
    pub async fn new_administrator(&self, new: NewPassword) -> Answer {
        let NewPassword { username, hash } = new;
        let IdentityPorts {
            directory, clock, ..
        } = &self.identity;
        let name = match Username::parse(&username) {
            Ok(name) => name,
            Err(invalid) => return Answer::Refused(invalid.to_string()),
        };
        match create_platform_admin(&**directory, &**clock, name, hash).await {
            Ok(Some(_)) => {
                tracing::info!(username, "created a platform admin by command");
                Answer::Done { is_active: true }
            }
            Ok(None) => Answer::Refused("somebody may administer the platform".to_owned()),
            Err(error) => refused(&error),
        }
    }
}

fn refused(error: &Error) -> Answer {
    match error {
        Error::Unavailable(_) | Error::Internal(_) => Answer::Failed(with_causes(error)),
        _ => Answer::Refused(with_causes(error)),
    }
}
