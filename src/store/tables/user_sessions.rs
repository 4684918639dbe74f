//! The table `user_sessions`: token sessions that have not been ended. One whose refresh token has expired stays until the next
//! sign-in of the user, or until its sign-in goes because of its age; nothing shows it.

use crate::api::Timestamp;
use crate::domain::tokens::SignIn;
use crate::domain::user::User;
use crate::domain::user_session::{Activity, UserSession};
use crate::error::{ApiError, Result};
use crate::ids::{ClientId, UserSessionId};
use crate::store::tx::{ReadTx, WriteTx};

impl ReadTx<'_> {
    /// The sessions of the user, those that were active last first.
    pub(crate) fn user_sessions(&self, user: &User, now: Timestamp) -> Result<Vec<UserSession>> {
        self.all(
            "SELECT u.id, u.sign_in, c.client_id, u.created_ms, u.last_active_ms, u.last_ip, u.device_type
             FROM user_sessions u JOIN sign_ins s ON s.row = u.sign_in JOIN app_clients c ON c.row = s.client
             WHERE u.user_row = ?1 AND s.expires_ms > ?2 ORDER BY u.last_active_ms DESC, u.sign_in DESC",
            (user.row, now.millis()),
            |row| {
                Ok(UserSession {
                    id: UserSessionId::from(row.get::<String>(0)?),
                    sign_in: row.get(1)?,
                    client: ClientId::from(row.get::<String>(2)?),
                    created: Timestamp::from_millis(row.get(3)?),
                    last: Activity {
                        at: Timestamp::from_millis(row.get(4)?),
                        ip: row.get(5)?,
                        device_type: row.get(6)?,
                    },
                })
            },
        )
    }

    /// The row of the sign-in that the user's session with this id began with.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the user has no such session.
    pub(crate) fn sign_in_of_session(
        &self,
        user: &User,
        id: &UserSessionId,
        now: Timestamp,
    ) -> Result<i64> {
        let found = self.maybe(
            "SELECT u.sign_in FROM user_sessions u JOIN sign_ins s ON s.row = u.sign_in
             WHERE u.id = ?2 AND u.user_row = ?1 AND s.expires_ms > ?3",
            (user.row, id.as_str(), now.millis()),
            |row| row.get(0),
        )?;
        found.ok_or_else(ApiError::no_such_user_session)
    }
}

impl WriteTx<'_> {
    /// Writes a new session of the user, which began with this sign-in.
    pub(crate) fn insert_user_session(
        &self,
        user: &User,
        sign_in: &SignIn,
        id: &UserSessionId,
        activity: &Activity,
    ) -> Result<()> {
        self.write(
            "INSERT INTO user_sessions (sign_in, id, user_row, created_ms, last_active_ms, last_ip, device_type)
             SELECT row, ?2, ?3, ?4, ?4, ?5, ?6 FROM sign_ins WHERE origin_jti = ?1",
            (
                &sign_in.origin_jti,
                id.as_str(),
                user.row,
                activity.at.millis(),
                activity.ip.as_deref(),
                activity.device_type.as_deref(),
            ),
        )
    }

    /// Ends sessions of the user until there are fewer than `most`, and with them their sign-ins: first those that were active
    /// longest ago.
    pub(crate) fn make_room_for_user_session(
        &self,
        user: &User,
        most: i64,
        now: Timestamp,
    ) -> Result<()> {
        let kept: Vec<(i64, bool)> = self.all(
            "SELECT u.sign_in, s.expires_ms > ?2 FROM user_sessions u JOIN sign_ins s ON s.row = u.sign_in
             WHERE u.user_row = ?1 ORDER BY u.last_active_ms DESC, u.sign_in DESC",
            (user.row, now.millis()),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut room = most.saturating_sub(1);
        for (sign_in, is_active) in kept {
            if !is_active {
                self.delete_user_session(sign_in)?;
            } else if room > 0 {
                room -= 1;
            } else {
                self.revoke_sign_in(sign_in)?;
            }
        }
        Ok(())
    }

    /// Writes the newest activity of the session that began with this sign-in, if there is one.
    pub(crate) fn put_activity(&self, sign_in: &SignIn, activity: &Activity) -> Result<()> {
        self.write(
            "UPDATE user_sessions SET last_active_ms = ?2, last_ip = ?3, device_type = ?4
             WHERE sign_in = (SELECT row FROM sign_ins WHERE origin_jti = ?1)",
            (
                &sign_in.origin_jti,
                activity.at.millis(),
                activity.ip.as_deref(),
                activity.device_type.as_deref(),
            ),
        )
    }

    /// Deletes the session that began with this sign-in, if there is one.
    pub(super) fn delete_user_session(&self, sign_in: i64) -> Result<()> {
        self.write("DELETE FROM user_sessions WHERE sign_in = ?1", [sign_in])
    }

    /// Deletes all sessions of the user.
    pub(super) fn delete_user_sessions(&self, user: &User) -> Result<()> {
        self.write("DELETE FROM user_sessions WHERE user_row = ?1", [user.row])
    }
}
