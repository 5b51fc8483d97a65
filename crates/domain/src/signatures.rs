//! What counts as a signature: it gives power, releases money or stands for a decision of several people.
//! A session alone is not enough for it; its owner must have shown lately who is there. This is the one
//! list; an action names its line.

use crate::problem::{Code, Problem};
use crate::time::Instant;

macro_rules! signatures {
    ($($(#[$doc:meta])* $name:ident = $operation:literal, $minutes:literal;)*) => {
        /// An act that takes more than an open session.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Signature {
            $($(#[$doc])* $name,)*
        }

        impl Signature {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The operation by which it comes.
            pub fn operation(self) -> &'static str {
                match self { $(Self::$name => $operation,)* }
            }

            /// For how many minutes it is enough to have shown who is there.
            pub fn minutes(self) -> i64 {
                match self { $(Self::$name => $minutes,)* }
            }
        }
    };
}

signatures! {
    /// A meeting is closed: its minutes stand.
    CloseMeeting = "close_meeting", 15;
    /// A project and its saving are verified, or sent back.
    VerifyProject = "act_on_project", 15;
    /// A reward is approved or declined.
    DecideReward = "decide_reward", 15;
    /// A reward is taken back.
    WithdrawReward = "withdraw_reward", 15;
    /// Somebody gets a login.
    InviteUser = "create_user", 15;
    /// Roles are given and taken.
    GiveRoles = "update_roles", 15;
    /// A code is made with which somebody sets a password.
    ResetPassword = "reset_user", 15;
    /// Somebody's second factor is taken off.
    ResetSecondFactor = "reset_second_factor", 15;
    /// A passkey is made.
    AddPasskey = "begin_passkey", 15;
    /// A passkey is removed.
    RemovePasskey = "remove_passkey", 15;
    /// A key for a machine is made.
    MakeKey = "create_device_key", 15;
    /// A browser is let in from the phone.
    ApproveSignIn = "settle_approval", 5;
    /// A copy of all that is held about the owner is taken.
    TakeOwnData = "take_own_data", 5;
    /// What a second person agreed to is done.
    CarryOutChange = "carry_out_account_change", 15;
}

impl Signature {
    /// Whether who was there at `proved` may sign now.
    ///
    /// # Errors
    /// `session.step_up`.
    pub fn check(self, proved: Instant, now: Instant) -> Result<(), Problem> {
        if now < proved.plus_seconds(self.minutes() * 60) {
            Ok(())
        } else {
            Err(Code::StepUp.problem())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_takes_somebody_who_was_there_lately() {
        for signature in Signature::ALL {
            let proved = Instant(1_773_108_000_000_000);
            let end = proved.plus_seconds(signature.minutes() * 60);
            assert!(signature.check(proved, proved).is_ok());
            assert!(signature.check(proved, Instant(end.0 - 1)).is_ok());
            let late = signature.check(proved, end);
            assert_eq!(
                late.map_err(|it| it.code),
                Err(Code::StepUp),
                "{signature:?}"
            );
            assert!(signature.check(Instant(0), proved).is_err(), "never asked");
        }
    }
}
