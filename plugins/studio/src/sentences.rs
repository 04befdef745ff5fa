//! What customers read, in Spanish, English, Portuguese and Indonesian.

pub(crate) type Sentences = &'static [(&'static str, &'static str)];

#[cfg(test)]
pub(crate) const ALL: [Sentences; 9] =
    [TOO_SHORT, NOT_ENOUGH, WHICH, ASK_EQUIPMENT, EQUIPMENT_LIST, SET_UP, HOUSE_RULES, EQUIPMENT, NIGHT];

pub(crate) const TOO_SHORT: Sentences = &[
    ("es", "Ese día las sesiones son de {hours} como mínimo."),
    ("en", "On that day sessions are {hours} at least."),
    ("pt", "Nesse dia as sessões são de no mínimo {hours}."),
    ("id", "Pada hari itu sesi minimal {hours}."),
];
pub(crate) const NOT_ENOUGH: Sentences = &[
    ("es", "De {name} hay {stock} en total. ¿Qué te aparto entonces? (o «nada»)"),
    ("en", "Of {name} there are {stock} in all. What shall I put down then? (or \"nothing\")"),
    ("pt", "De {name} há {stock} no total. O que reservo então? (ou \"nada\")"),
    ("id", "Untuk {name} hanya ada {stock}. Jadi mau berapa? (atau \"tidak\")"),
];
pub(crate) const WHICH: Sentences = &[
    ("es", "¿Qué te aparto, y cuántos? ({list}, o «nada»)"),
    ("en", "Which, and how many? ({list}, or \"nothing\")"),
    ("pt", "O que reservo, e quantos? ({list}, ou \"nada\")"),
    ("id", "Yang mana, dan berapa? ({list}, atau \"tidak\")"),
];
pub(crate) const ASK_EQUIPMENT: Sentences = &[
    ("es", "¿Rentas equipo con la sala? ({list}) Dime cuánto, o «nada»."),
    ("en", "Would you like to rent equipment with the room? ({list}) Tell me how many, or \"nothing\"."),
    ("pt", "Quer alugar equipamento com a sala? ({list}) Diga quanto, ou \"nada\"."),
    ("id", "Mau sewa peralatan juga? ({list}) Sebutkan jumlahnya, atau \"tidak\"."),
];
pub(crate) const EQUIPMENT_LIST: Sentences = &[
    ("es", "Rentamos: {list}."),
    ("en", "For rent: {list}."),
    ("pt", "Alugamos: {list}."),
    ("id", "Disewakan: {list}."),
];
pub(crate) const SET_UP: Sentences = &[
    ("es", "La sala queda lista 15 minutos antes."),
    ("en", "The room is set up 15 minutes before."),
    ("pt", "A sala fica pronta 15 minutos antes."),
    ("id", "Ruangan siap 15 menit sebelumnya."),
];
pub(crate) const HOUSE_RULES: Sentences = &[
    (
        "es",
        "Sin comida en las salas, bebidas con tapa. Lo que se rompe se paga. Puntualidad: la siguiente sesión empieza a su hora.",
    ),
    (
        "en",
        "No food in the rooms, drinks with a lid. What breaks is paid. Please be on time: the next session starts on time.",
    ),
    (
        "pt",
        "Sem comida nas salas, bebidas com tampa. O que quebrar é pago. Pontualidade: a próxima sessão começa na hora.",
    ),
    ("id", "Dilarang makan di ruangan, minuman harus tertutup. Kerusakan diganti. Mohon tepat waktu."),
];
pub(crate) const EQUIPMENT: Sentences =
    &[("es", "Equipo"), ("en", "Equipment"), ("pt", "Equipamento"), ("id", "Peralatan")];
pub(crate) const NIGHT: Sentences = &[("es", "Noche"), ("en", "Night"), ("pt", "Noite"), ("id", "Malam")];
