//! Spanish.

use super::{Refusals, Texts};

pub(super) const SPANISH: Texts = Texts {
    tag: "es",
    confirmed: "Su registro ha sido confirmado.",
    incomplete_link: "El enlace no está completo.",
    something_went_wrong: "Algo ha salido mal.",
    refusals: Some(Refusals {
        wrong_code: "El código no es correcto. Inténtelo de nuevo.",
        expired_code: "El código ya no es válido. Solicite uno nuevo.",
        too_many_attempts: "Demasiados intentos. Inténtelo más tarde.",
        no_such_user: "Este usuario no existe.",
        address_taken: "Ya existe una cuenta con esta dirección o este número.",
    }),
};
