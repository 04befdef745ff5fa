//! What is sold and what customers call it.

use sdk::{Form, Need, Question, StarterService, Tool, Vocabulary, words};

/// Key, names (es, en, pt, id), phases (minutes, busy), price in minor units, skill.
type Row = (&'static str, [&'static str; 4], &'static [(u32, bool)], i64, &'static str);

const SERVICES: &[Row] = &[
    ("haircut", ["Corte", "Haircut", "Corte", "Potong rambut"], &[(45, true)], 35_000, "haircut"),
    (
        "kids-haircut",
        ["Corte infantil", "Kids haircut", "Corte infantil", "Potong rambut anak"],
        &[(30, true)],
        25_000,
        "kids-haircut",
    ),
    ("beard", ["Arreglo de barba", "Beard trim", "Barba", "Cukur jenggot"], &[(30, true)], 20_000, "beard"),
    // While the colour sets the stylist is free for somebody else.
    (
        "colour",
        ["Tinte", "Hair colour", "Coloração", "Cat rambut"],
        &[(45, true), (30, false), (30, true)],
        95_000,
        "colour",
    ),
    (
        "highlights",
        ["Mechas", "Highlights", "Luzes", "Highlight"],
        &[(60, true), (30, false), (30, true)],
        145_000,
        "highlights",
    ),
    (
        "balayage",
        ["Balayage", "Balayage", "Balayage", "Balayage"],
        &[(75, true), (45, false), (45, true)],
        220_000,
        "balayage",
    ),
    ("blowdry", ["Peinado", "Blow-dry", "Escova", "Blow dry"], &[(45, true)], 40_000, "blowdry"),
    (
        "treatment",
        ["Tratamiento capilar", "Hair treatment", "Tratamento capilar", "Perawatan rambut"],
        &[(60, true)],
        80_000,
        "treatment",
    ),
    ("manicure", ["Manicure", "Manicure", "Manicure", "Manikur"], &[(45, true)], 30_000, "manicure"),
    ("pedicure", ["Pedicure", "Pedicure", "Pedicure", "Pedikur"], &[(60, true)], 38_000, "pedicure"),
    ("makeup", ["Maquillaje", "Make-up", "Maquiagem", "Rias wajah"], &[(60, true)], 75_000, "makeup"),
    ("brows", ["Cejas", "Brows", "Sobrancelhas", "Alis"], &[(20, true)], 15_000, "brows"),
];

const LANGUAGES: [&str; 4] = ["es-MX", "en", "pt-BR", "id"];

pub(crate) fn services() -> Vec<StarterService> {
    SERVICES.iter().map(service).collect()
}

fn service((key, names, phases, price, skill): &Row) -> StarterService {
    let names: Vec<(&str, &str)> = LANGUAGES.into_iter().zip(names.iter().copied()).collect();
    let service = StarterService::new(key, &names).costs(*price);
    let service = phases.iter().fold(
        service,
        |service, (minutes, busy)| {
            if *busy { service.takes(*minutes) } else { service.waits(*minutes) }
        },
    );
    service.needs(Need::one("with", "person").skilled(skill).choosable().free_in_gaps())
}

/// Asked only where the rules name it.
pub(crate) fn forms() -> Vec<Form> {
    let title =
        [("es", "Antes del color"), ("en", "Before colour"), ("pt", "Antes da cor"), ("id", "Sebelum pewarnaan")];
    vec![
        Form::new("colour", "never", &title)
            .with(Question::new(
                "allergies",
                "yes-no",
                &[
                    ("es", "¿Has tenido alergia a algún tinte?"),
                    ("en", "Have you ever reacted to hair colour?"),
                    ("pt", "Você já teve alergia a alguma tinta?"),
                    ("id", "Pernah alergi terhadap cat rambut?"),
                ],
            ))
            .with(
                Question::new(
                    "allergy-to",
                    "text",
                    &[
                        ("es", "¿A cuál, y qué pasó?"),
                        ("en", "To which, and what happened?"),
                        ("pt", "A qual, e o que aconteceu?"),
                        ("id", "Terhadap apa, dan apa yang terjadi?"),
                    ],
                )
                .when("allergies", &["yes"])
                .sensitive(),
            ),
    ]
}

pub(crate) fn vocabularies() -> Vec<Vocabulary> {
    vec![
        vocabulary(
            "es-MX",
            &["estilista", "estilistas", "peluquero", "peluquera", "barbero"],
            &[
                (
                    "haircut",
                    &[
                        "corte",
                        "corte de pelo",
                        "corte de cabello",
                        "cortarme el pelo",
                        "cortarme el cabello",
                        "despunte",
                        "fade",
                        "degradado",
                    ],
                ),
                (
                    "kids-haircut",
                    &["corte de niño", "corte para niño", "corte infantil", "corte para mi hijo", "corte para mi hija"],
                ),
                ("beard", &["barba", "arreglo de barba", "delineado de barba", "rasurado"]),
                (
                    "colour",
                    &[
                        "tinte",
                        "color",
                        "coloración",
                        "pintarme el pelo",
                        "pintarme el cabello",
                        "retoque de raíz",
                        "canas",
                    ],
                ),
                ("highlights", &["mechas", "luces", "rayitos"]),
                ("balayage", &["balayage"]),
                ("blowdry", &["peinado", "secado", "planchado", "ondas"]),
                ("treatment", &["tratamiento capilar", "tratamiento", "keratina", "hidratación", "botox capilar"]),
                ("manicure", &["manicure", "manicura", "uñas", "gelish", "acrílicas", "uñas de gel"]),
                ("pedicure", &["pedicure", "pedicura", "uñas de los pies"]),
                ("makeup", &["maquillaje", "maquillarme"]),
                ("brows", &["cejas", "depilación de cejas", "diseño de cejas"]),
            ],
        ),
        vocabulary(
            "en",
            &["stylist", "stylists", "hairdresser", "barber"],
            &[
                ("haircut", &["haircut", "hair cut", "cut", "trim", "fade"]),
                ("kids-haircut", &["kids haircut", "kids cut", "haircut for my son", "haircut for my daughter"]),
                ("beard", &["beard", "beard trim", "shave"]),
                ("colour", &["color", "colour", "hair color", "hair dye", "dye", "root touch up"]),
                ("highlights", &["highlights"]),
                ("balayage", &["balayage"]),
                ("blowdry", &["blow dry", "blowdry", "blowout", "styling"]),
                ("treatment", &["treatment", "keratin", "hair treatment"]),
                ("manicure", &["manicure", "nails", "gel nails"]),
                ("pedicure", &["pedicure"]),
                ("makeup", &["makeup", "make up"]),
                ("brows", &["brows", "eyebrows"]),
            ],
        ),
        vocabulary(
            "pt-BR",
            &["cabeleireiro", "cabeleireira"],
            &[
                ("haircut", &["corte", "cortar o cabelo"]),
                ("beard", &["barba"]),
                ("colour", &["coloração", "tintura", "pintar o cabelo"]),
                ("highlights", &["luzes", "mechas"]),
                ("blowdry", &["escova"]),
                ("manicure", &["manicure", "unhas"]),
                ("brows", &["sobrancelhas"]),
            ],
        ),
        vocabulary(
            "id",
            &["penata rambut"],
            &[
                ("haircut", &["potong rambut", "cukur"]),
                ("beard", &["jenggot"]),
                ("colour", &["cat rambut", "warna rambut"]),
                ("manicure", &["manikur", "kuku"]),
            ],
        ),
    ]
}

fn vocabulary(language: &str, nouns: &[&str], services: &[(&str, &[&str])]) -> Vocabulary {
    let owned = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    Vocabulary {
        language: language.into(),
        services: services.iter().map(|(key, list)| words(key, list)).collect(),
        resource_nouns: owned(nouns),
        ..Vocabulary::default()
    }
}

pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "aftercare",
            "How to look after coloured hair.",
            vec![
                words("es-MX", &["cuidados después", "cómo cuido", "cuidar el tinte", "cuidar mi cabello"]),
                words("en", &["aftercare", "take care of my hair", "look after my color"]),
            ],
        ),
        Tool::new(
            "products",
            "Which products to use at home.",
            vec![
                words("es-MX", &["qué shampoo", "qué productos", "productos venden", "qué champú"]),
                words("en", &["which shampoo", "what shampoo", "what products", "which products"]),
            ],
        ),
    ]
}
