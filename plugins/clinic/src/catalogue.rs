//! Kinds of visit, what patients call them, and the words that mean an emergency.

use sdk::{Need, StarterService, Tool, Vocabulary, words};

pub(crate) const LANGUAGES: [&str; 4] = ["es-MX", "en", "pt-BR", "id"];

/// Key, names (es, en, pt, id), minutes, minutes kept free afterwards, price in minor units, the practitioner's skill.
type Row = (&'static str, [&'static str; 4], u32, u32, i64, &'static str);

const SERVICES: &[Row] = &[
    (
        "first-visit",
        ["Consulta de primera vez", "First visit", "Primeira consulta", "Kunjungan pertama"],
        45,
        10,
        90_000,
        "consultation",
    ),
    ("follow-up", ["Consulta de seguimiento", "Follow-up visit", "Retorno", "Kontrol"], 20, 5, 50_000, "consultation"),
    (
        "child-visit",
        ["Consulta pediátrica", "Child visit", "Consulta pediátrica", "Konsultasi anak"],
        30,
        10,
        80_000,
        "paediatrics",
    ),
    ("vaccination", ["Vacunación", "Vaccination", "Vacinação", "Vaksinasi"], 15, 5, 35_000, "vaccination"),
    (
        "dental-cleaning",
        ["Limpieza dental", "Dental cleaning", "Limpeza dental", "Pembersihan gigi"],
        40,
        10,
        75_000,
        "dental",
    ),
];

pub(crate) fn services() -> Vec<StarterService> {
    let service = |(key, names, minutes, after, price, skill): &Row| {
        let names: Vec<(&str, &str)> = LANGUAGES.into_iter().zip(names.iter().copied()).collect();
        let room = if *skill == "dental" {
            Need::one("room", "room").skilled("dental-chair")
        } else {
            Need::one("room", "room")
        };
        StarterService::new(key, &names)
            .takes(*minutes)
            .buffers(0, *after)
            .costs(*price)
            .needs(Need::one("with", "person").skilled(skill).choosable())
            .needs(room)
    };
    SERVICES.iter().map(service).collect()
}

/// By service and language (es, en, pt, id).
const WORDS: &[(&str, [&[&str]; 4])] = &[
    (
        "first-visit",
        [
            &[
                "consulta",
                "consulta de primera vez",
                "primera vez",
                "cita con el doctor",
                "cita con la doctora",
                "revisión",
                "chequeo",
            ],
            &["first visit", "consultation", "see a doctor", "see the doctor", "checkup", "check up", "new patient"],
            &["consulta", "primeira consulta", "primeira vez"],
            &["konsultasi", "periksa", "kunjungan pertama"],
        ],
    ),
    (
        "follow-up",
        [
            &["seguimiento", "consulta de seguimiento", "segunda consulta", "resultados"],
            &["follow up", "follow-up", "results"],
            &["retorno", "acompanhamento"],
            &["kontrol", "kontrol ulang"],
        ],
    ),
    (
        "child-visit",
        [
            &["pediatra", "consulta pediátrica", "consulta para mi hijo", "consulta para mi hija", "mi bebé"],
            &["paediatrician", "pediatrician", "for my son", "for my daughter", "my baby", "child visit"],
            &["pediatra", "consulta pediátrica", "meu filho"],
            &["dokter anak", "anak saya"],
        ],
    ),
    (
        "vaccination",
        [
            &["vacuna", "vacunación", "vacunarme", "refuerzo"],
            &["vaccine", "vaccination", "jab", "flu shot"],
            &["vacina", "vacinação"],
            &["vaksin", "vaksinasi"],
        ],
    ),
    (
        "dental-cleaning",
        [
            &["limpieza dental", "limpieza de dientes", "dentista"],
            &["dental cleaning", "teeth cleaning", "dentist"],
            &["limpeza dental", "dentista"],
            &["pembersihan gigi", "dokter gigi"],
        ],
    ),
];

const NOUNS: [&[&str]; 4] = [
    &["doctor", "doctora", "médico", "dra", "dr"],
    &["doctor", "physician", "dr"],
    &["médico", "médica", "doutor", "doutora"],
    &["dokter"],
];

/// Phrases that bring a person at once and the number to call, before anything else is thought of.
const URGENT: [&[&str]; 4] = [
    &[
        "dolor en el pecho",
        "dolor de pecho",
        "no puede respirar",
        "sangra mucho",
        "mucho sangrado",
        "se desmayó",
        "convulsión",
        "perdió el conocimiento",
        "infarto",
        "sobredosis",
    ],
    &[
        "chest pain",
        "cannot breathe",
        "can't breathe",
        "bleeding a lot",
        "passed out",
        "seizure",
        "unconscious",
        "heart attack",
        "overdose",
        "stroke",
    ],
    &["dor no peito", "não consigo respirar", "sangrando muito", "desmaiou", "convulsão", "infarto"],
    &["nyeri dada", "sesak napas", "tidak bisa bernapas", "pendarahan hebat", "pingsan", "kejang"],
];

pub(crate) fn vocabularies() -> Vec<Vocabulary> {
    let owned = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    let vocabulary = |(place, language): (usize, &str)| Vocabulary {
        language: language.into(),
        services: WORDS.iter().map(|(key, by_language)| words(key, by_language[place])).collect(),
        resource_nouns: owned(NOUNS[place]),
        urgent: owned(URGENT[place]),
        ..Vocabulary::default()
    };
    LANGUAGES.into_iter().enumerate().map(vocabulary).collect()
}

pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "health-question",
            "A question about health, which only a person may answer.",
            vec![
                words(
                    "es-MX",
                    &[
                        "qué medicamento",
                        "qué me tomo",
                        "es normal que",
                        "me duele",
                        "tengo fiebre",
                        "es grave",
                        "qué puedo tomar",
                        "síntomas",
                    ],
                ),
                words(
                    "en",
                    &[
                        "which medicine",
                        "what should i take",
                        "is it normal",
                        "it hurts",
                        "i have a fever",
                        "is it serious",
                        "symptoms",
                    ],
                ),
                words("pt-BR", &["que remédio", "está doendo", "tenho febre"]),
                words("id", &["obat apa", "sakit", "demam"]),
            ],
        ),
        Tool::new(
            "bring",
            "What to bring to the visit.",
            vec![
                words("es-MX", &["qué llevo", "qué tengo que llevar", "necesito llevar algo"]),
                words("en", &["what should i bring", "do i need to bring"]),
                words("pt-BR", &["o que levar"]),
                words("id", &["apa yang harus dibawa"]),
            ],
        ),
    ]
}
