//! What is let, for how long, and what customers call it.

use sdk::{Need, StarterService, Tool, Vocabulary, words};

pub(crate) const LANGUAGES: [&str; 4] = ["es-MX", "en", "pt-BR", "id"];

/// Key, names (es, en, pt, id), minutes, price in minor units, the room's skill. Each is set up for a quarter of an hour.
type Row = (&'static str, [&'static str; 4], u32, i64, &'static str);

const SERVICES: &[Row] = &[
    ("rehearsal-60", ["Ensayo 1 hora", "Rehearsal 1 hour", "Ensaio 1 hora", "Latihan 1 jam"], 60, 18_000, "rehearsal"),
    ("rehearsal", ["Ensayo 2 horas", "Rehearsal 2 hours", "Ensaio 2 horas", "Latihan 2 jam"], 120, 30_000, "rehearsal"),
    (
        "recording",
        ["Grabación 3 horas", "Recording 3 hours", "Gravação 3 horas", "Rekaman 3 jam"],
        180,
        150_000,
        "recording",
    ),
    (
        "photo",
        ["Sesión de foto 2 horas", "Photo session 2 hours", "Sessão de fotos 2 horas", "Sesi foto 2 jam"],
        120,
        90_000,
        "photo",
    ),
];

pub(crate) fn services() -> Vec<StarterService> {
    let service = |(key, names, minutes, price, skill): &Row| {
        let names: Vec<(&str, &str)> = LANGUAGES.into_iter().zip(names.iter().copied()).collect();
        let room = Need::one("room", "room").skilled(skill).choosable();
        StarterService::new(key, &names).takes(*minutes).buffers(15, 0).costs(*price).needs(room)
    };
    SERVICES.iter().map(service).collect()
}

/// By service and language (es, en, pt, id).
const WORDS: &[(&str, [&[&str]; 4])] = &[
    (
        "rehearsal-60",
        [
            &[
                "ensayo una hora",
                "ensayo 1 hora",
                "ensayo de una hora",
                "ensayar una hora",
                "hora de ensayo",
                "una hora de ensayo",
            ],
            &["rehearsal one hour", "one hour rehearsal", "an hour of rehearsal"],
            &["ensaio uma hora"],
            &["latihan satu jam"],
        ],
    ),
    (
        "rehearsal",
        [
            &["ensayo", "ensallo", "ensayar", "sala de ensayo", "ensayo de banda"],
            &["rehearsal", "rehearse", "band practice", "practice room"],
            &["ensaio", "ensaiar", "sala de ensaio"],
            &["latihan", "latihan band"],
        ],
    ),
    (
        "recording",
        [
            &["grabación", "grabar", "sesión de grabación"],
            &["recording", "record", "recording session"],
            &["gravação", "gravar"],
            &["rekaman", "rekam"],
        ],
    ),
    (
        "photo",
        [
            &["foto", "fotos", "sesión de fotos", "ciclorama"],
            &["photo", "photo shoot", "shooting"],
            &["fotos", "ensaio fotográfico"],
            &["foto", "sesi foto"],
        ],
    ),
];

const NOUNS: [&[&str]; 4] = [&["sala", "cuarto", "foro"], &["room", "stage"], &["sala"], &["ruangan", "studio"]];

pub(crate) fn vocabularies() -> Vec<Vocabulary> {
    let vocabulary = |(place, language): (usize, &str)| Vocabulary {
        language: language.into(),
        services: WORDS.iter().map(|(key, by_language)| words(key, by_language[place])).collect(),
        resource_nouns: NOUNS[place].iter().map(|noun| (*noun).to_owned()).collect(),
        ..Vocabulary::default()
    };
    LANGUAGES.into_iter().enumerate().map(vocabulary).collect()
}

pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "house-rules",
            "What is allowed in the rooms.",
            vec![
                words("es-MX", &["reglas", "reglamento", "se puede comer", "puedo comer"]),
                words("en", &["house rules", "rules", "can we eat"]),
                words("pt-BR", &["regras"]),
                words("id", &["aturan"]),
            ],
        ),
        Tool::new(
            "equipment",
            "What can be rented with a room.",
            vec![
                words("es-MX", &["qué equipo", "rentan equipo", "tienen batería", "tienen micrófonos"]),
                words("en", &["which equipment", "what equipment", "rent equipment", "do you have drums"]),
                words("pt-BR", &["que equipamento", "alugam equipamento"]),
                words("id", &["peralatan apa"]),
            ],
        ),
    ]
}
