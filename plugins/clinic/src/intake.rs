//! What is asked before a first visit. The answers are sensitive: kept encrypted, never put into messages.

use sdk::{Form, Question};

/// Asked of new patients, with what depends on an answer only where it applies.
pub(crate) fn form() -> Form {
    let yes_no = |key: &str, ask: &[(&str, &str)]| Question::new(key, "yes-no", ask).sensitive();
    let text = |key: &str, ask: &[(&str, &str)]| Question::new(key, "text", ask).sensitive();
    Form {
        services: vec!["first-visit".into()],
        ..Form::new(
            "intake",
            "new",
            &[
                ("es", "Datos para tu primera visita"),
                ("en", "Before your first visit"),
                ("pt", "Antes da primeira visita"),
                ("id", "Sebelum kunjungan pertama"),
            ],
        )
    }
    .with(
        Question::new(
            "birth-date",
            "date",
            &[
                ("es", "Fecha de nacimiento"),
                ("en", "Date of birth"),
                ("pt", "Data de nascimento"),
                ("id", "Tanggal lahir"),
            ],
        )
        .sensitive(),
    )
    .with(yes_no(
        "allergies",
        &[
            ("es", "¿Tienes alergias?"),
            ("en", "Do you have any allergies?"),
            ("pt", "Você tem alergias?"),
            ("id", "Apakah Anda punya alergi?"),
        ],
    ))
    .with(
        text(
            "allergies-which",
            &[
                ("es", "¿A qué eres alérgico?"),
                ("en", "What are you allergic to?"),
                ("pt", "A que você é alérgico?"),
                ("id", "Alergi terhadap apa?"),
            ],
        )
        .when("allergies", &["yes"]),
    )
    .with(yes_no(
        "medication",
        &[
            ("es", "¿Tomas algún medicamento?"),
            ("en", "Do you take any medication?"),
            ("pt", "Você toma algum remédio?"),
            ("id", "Apakah Anda minum obat?"),
        ],
    ))
    .with(
        text("medication-which", &[("es", "¿Cuál?"), ("en", "Which?"), ("pt", "Qual?"), ("id", "Obat apa?")])
            .when("medication", &["yes"]),
    )
    .with(consent())
}

fn consent() -> Question {
    Question::new(
        "consent",
        "consent",
        &[
            ("es", "Acepto que el consultorio guarde mis datos de salud para atenderme."),
            ("en", "I agree that the practice keeps my health data to treat me."),
            ("pt", "Aceito que a clínica guarde meus dados de saúde para me atender."),
            ("id", "Saya setuju klinik menyimpan data kesehatan saya untuk merawat saya."),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_depends_on_an_answer_says_on_which_and_comes_after_it() {
        let form = form();
        for (place, question) in form.questions.iter().enumerate() {
            let Some(when) = &question.when else { continue };
            let before = form.questions.iter().position(|other| other.key == when.question);
            assert!(before.is_some_and(|before| before < place), "{}", question.key);
        }
        assert_eq!(form.questions.iter().filter(|question| question.when.is_some()).count(), 2);
    }

    #[test]
    fn answers_about_health_are_sensitive() {
        let open: Vec<String> =
            form().questions.into_iter().filter(|question| !question.sensitive).map(|question| question.key).collect();
        assert_eq!(open, ["consent"]);
    }

    #[test]
    fn everything_is_asked_in_four_languages() {
        assert!(form().questions.iter().all(|question| question.ask.len() == 4));
    }
}
