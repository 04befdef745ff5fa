//! What can be played, for how long, by how many, and what players call it.

use sdk::{Need, StarterService, Tool, Vocabulary, words};

/// Key, names (es, en, pt, id), minutes, price in minor units, the court's skill, fewest and most players. What players ask
/// for by name (a roof, clay) is a service of its own, because its price is.
type Row = (&'static str, [&'static str; 4], u32, i64, &'static str, (u32, u32));

const SERVICES: &[Row] = &[
    ("padel-60", ["Pádel 1 hora", "Padel 1 hour", "Padel 1 hora", "Padel 1 jam"], 60, 30_000, "padel", (2, 4)),
    (
        "padel-90",
        ["Pádel 90 minutos", "Padel 90 minutes", "Padel 90 minutos", "Padel 90 menit"],
        90,
        40_000,
        "padel",
        (2, 4),
    ),
    (
        "padel-indoor-90",
        [
            "Pádel techado 90 minutos",
            "Indoor padel 90 minutes",
            "Padel coberto 90 minutos",
            "Padel dalam ruangan 90 menit",
        ],
        90,
        48_000,
        "padel-indoor",
        (2, 4),
    ),
    ("tennis-60", ["Tenis 1 hora", "Tennis 1 hour", "Tênis 1 hora", "Tenis 1 jam"], 60, 25_000, "tennis", (2, 4)),
    (
        "tennis-clay-60",
        ["Tenis en arcilla 1 hora", "Clay tennis 1 hour", "Tênis no saibro 1 hora", "Tenis tanah liat 1 jam"],
        60,
        32_000,
        "tennis-clay",
        (2, 4),
    ),
    (
        "football-60",
        ["Fútbol 7, 1 hora", "Football (7-a-side) 1 hour", "Futebol society 1 hora", "Mini soccer 1 jam"],
        60,
        90_000,
        "football",
        (8, 16),
    ),
    (
        "basketball-60",
        ["Básquetbol 1 hora", "Basketball 1 hour", "Basquete 1 hora", "Basket 1 jam"],
        60,
        45_000,
        "basketball",
        (4, 12),
    ),
];

const LANGUAGES: [&str; 4] = ["es-MX", "en", "pt-BR", "id"];

/// Fewest and most players of a service; anything goes for one the owner made.
pub(crate) fn players(key: &str) -> (u32, u32) {
    SERVICES.iter().find(|row| row.0 == key).map_or((1, u32::MAX), |row| row.5)
}

pub(crate) fn services() -> Vec<StarterService> {
    let service = |(key, names, minutes, price, skill, _): &Row| {
        let names: Vec<(&str, &str)> = LANGUAGES.into_iter().zip(names.iter().copied()).collect();
        let court = Need::one("court", "court").skilled(skill).choosable();
        StarterService::new(key, &names).takes(*minutes).costs(*price).needs(court)
    };
    SERVICES.iter().map(service).collect()
}

/// By service and language (es, en, pt, id): what it is called.
const WORDS: &[(&str, [&[&str]; 4])] = &[
    (
        "padel-60",
        [
            &["pádel una hora", "pádel 1 hora", "pádel 60 minutos"],
            &["padel one hour", "padel 1 hour", "an hour of padel"],
            &["padel uma hora"],
            &["padel satu jam"],
        ],
    ),
    (
        "padel-90",
        [
            &["pádel", "paddle", "cancha de pádel", "jugar pádel", "una reta de pádel"],
            &["padel", "padel court", "play padel"],
            &["padel", "quadra de padel", "jogar padel"],
            &["padel", "lapangan padel", "main padel"],
        ],
    ),
    (
        "tennis-60",
        [
            &["tenis", "cancha de tenis", "jugar tenis"],
            &["tennis", "tennis court", "play tennis"],
            &["tênis", "quadra de tênis"],
            &["tenis", "lapangan tenis"],
        ],
    ),
    (
        "padel-indoor-90",
        [
            &["pádel techado", "cancha techada", "cancha techada de pádel", "pádel bajo techo", "cancha cubierta"],
            &["indoor padel", "covered padel court", "indoor court", "padel under a roof"],
            &["padel coberto", "quadra coberta"],
            &["padel dalam ruangan", "lapangan tertutup"],
        ],
    ),
    (
        "tennis-clay-60",
        [
            &["tenis en arcilla", "cancha de arcilla", "tenis en polvo de ladrillo", "arcilla"],
            &["clay tennis", "tennis on clay", "clay court", "clay"],
            &["tênis no saibro", "saibro"],
            &["tenis tanah liat", "tanah liat"],
        ],
    ),
    (
        "football-60",
        [
            &["fut", "fútbol", "fútbol 7", "cascarita", "cancha de fútbol"],
            &["football", "soccer", "five a side", "seven a side"],
            &["futebol", "society", "pelada"],
            &["sepak bola", "mini soccer", "futsal"],
        ],
    ),
    (
        "basketball-60",
        [&["básquet", "básquetbol", "basket", "baloncesto"], &["basketball", "hoops"], &["basquete"], &["basket"]],
    ),
];

const NOUNS: [&[&str]; 4] =
    [&["cancha", "canchas", "pista"], &["court", "courts", "pitch"], &["quadra", "quadras"], &["lapangan"]];

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
            "rain",
            "What happens when it rains.",
            vec![
                words("es-MX", &["si llueve", "qué pasa si llueve", "lluvia"]),
                words("en", &["if it rains", "what about rain"]),
                words("pt-BR", &["se chover"]),
                words("id", &["kalau hujan"]),
            ],
        ),
        Tool::new(
            "equipment",
            "Whether rackets and balls can be rented.",
            vec![
                words(
                    "es-MX",
                    &["rentan palas", "rentan raquetas", "prestan raquetas", "tienen pelotas", "rentan pelotas"],
                ),
                words("en", &["rent rackets", "rent a racket", "do you have balls", "rent balls"]),
                words("pt-BR", &["alugam raquetes"]),
                words("id", &["sewa raket"]),
            ],
        ),
    ]
}
