//! German.

use super::{Refusals, Texts};

pub(super) const GERMAN: Texts = Texts {
    tag: "de",
    confirmed: "Ihre Registrierung ist bestätigt.",
    incomplete_link: "Der Link ist nicht vollständig.",
    something_went_wrong: "Etwas ist schiefgegangen.",
    refusals: Some(Refusals {
        wrong_code: "Der Code ist falsch. Bitte versuchen Sie es noch einmal.",
        expired_code: "Der Code gilt nicht mehr. Bitte fordern Sie einen neuen an.",
        too_many_attempts: "Zu viele Versuche. Bitte versuchen Sie es später noch einmal.",
        no_such_user: "Diesen Benutzer gibt es nicht.",
        address_taken: "Mit dieser Adresse oder Nummer gibt es schon ein Konto.",
    }),
};
