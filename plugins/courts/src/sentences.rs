//! What players read, in Spanish, English, Portuguese and Indonesian.

pub(crate) type Sentences = &'static [(&'static str, &'static str)];

#[cfg(test)]
pub(crate) const ALL: [Sentences; 27] = [
    PEAK,
    WEEKEND,
    LIGHTS,
    MEMBER,
    TOO_MANY_PLAYERS,
    TOO_FEW,
    TOO_MANY_GAMES,
    INDOORS_FREE,
    LIGHTS_INCLUDED,
    RAIN,
    EQUIPMENT,
    WHY_BOOKINGS,
    WHY_MEMBER,
    NO_TOURNAMENT,
    ASK_LEVEL,
    ASK_LEVEL_AGAIN,
    BEGINNER,
    INTERMEDIATE,
    ADVANCED,
    ASK_PARTNER,
    ALONE,
    CONFIRM,
    SIGNED_UP,
    NOT_SIGNED_UP,
    NO_PARTNER,
    YES,
    NO,
];

pub(crate) const PEAK: Sentences =
    &[("es", "Horario pico"), ("en", "Peak hours"), ("pt", "Horário de pico"), ("id", "Jam sibuk")];
pub(crate) const WEEKEND: Sentences =
    &[("es", "Fin de semana"), ("en", "Weekend"), ("pt", "Fim de semana"), ("id", "Akhir pekan")];
pub(crate) const LIGHTS: Sentences = &[("es", "Luz"), ("en", "Lights"), ("pt", "Iluminação"), ("id", "Lampu")];
pub(crate) const MEMBER: Sentences =
    &[("es", "Descuento de socio"), ("en", "Members' discount"), ("pt", "Desconto de sócio"), ("id", "Diskon anggota")];
pub(crate) const TOO_MANY_PLAYERS: Sentences = &[
    ("es", "En esa cancha juegan como máximo {most}. Si son más, reserven dos canchas."),
    ("en", "At most {most} play on that court. If you are more, book two courts."),
    ("pt", "Nessa quadra jogam no máximo {most}. Se forem mais, reservem duas quadras."),
    ("id", "Di lapangan itu paling banyak {most} pemain. Jika lebih, pesan dua lapangan."),
];
pub(crate) const TOO_FEW: Sentences = &[
    ("es", "Se juega mejor con {fewest} o más; si les faltan jugadores, avísennos y buscamos."),
    ("en", "It is best with {fewest} or more; tell us if you are short of players and we will ask around."),
    ("pt", "É melhor com {fewest} ou mais; se faltarem jogadores, avisem e nós procuramos."),
    ("id", "Lebih baik dengan {fewest} orang atau lebih; beri tahu kami jika kekurangan pemain."),
];
pub(crate) const TOO_MANY_GAMES: Sentences = &[
    (
        "es",
        "Para que alcance para todos, cada jugador puede tener {games} partidos por delante. Cuando juegues uno, reservas el siguiente.",
    ),
    ("en", "So that there is enough for all, a player may have {games} games ahead. Play one, and book the next."),
    ("pt", "Para que haja para todos, cada jogador pode ter {games} jogos marcados. Jogue um e reserve o próximo."),
    (
        "id",
        "Agar semua kebagian, setiap pemain boleh punya {games} jadwal ke depan. Selesaikan satu, lalu pesan berikutnya.",
    ),
];
pub(crate) const INDOORS_FREE: Sentences = &[
    ("es", "Es cancha techada: se juega aunque llueva."),
    ("en", "The court is indoors: you play whatever the weather."),
    ("pt", "A quadra é coberta: joga-se mesmo com chuva."),
    ("id", "Lapangan tertutup: tetap bisa bermain walau hujan."),
];
pub(crate) const LIGHTS_INCLUDED: Sentences = &[
    ("es", "Encendemos la luz cinco minutos antes."),
    ("en", "We switch the lights on five minutes before."),
    ("pt", "Acendemos a luz cinco minutos antes."),
    ("id", "Lampu kami nyalakan lima menit sebelumnya."),
];
pub(crate) const RAIN: Sentences = &[
    (
        "es",
        "Si llueve y la cancha se cierra, te movemos sin costo o te devolvemos el pago. Las canchas techadas siguen abiertas.",
    ),
    ("en", "If rain closes the court we move you free of charge or refund you. Indoor courts stay open."),
    (
        "pt",
        "Se a chuva fechar a quadra, remarcamos sem custo ou devolvemos o pagamento. As quadras cobertas continuam abertas.",
    ),
    (
        "id",
        "Jika hujan menutup lapangan, kami pindahkan jadwal gratis atau kembalikan uang. Lapangan tertutup tetap buka.",
    ),
];
pub(crate) const EQUIPMENT: Sentences = &[
    ("es", "Rentamos palas, raquetas y balones en recepción; las pelotas de pádel se venden por bote."),
    ("en", "Rackets and balls are for rent at the desk; padel balls are sold by the can."),
    ("pt", "Alugamos raquetes e bolas na recepção; as bolas de padel são vendidas em tubo."),
    ("id", "Raket dan bola disewakan di resepsionis; bola padel dijual per kaleng."),
];
pub(crate) const WHY_BOOKINGS: Sentences = &[
    ("es", "Para saber cuántos partidos tiene ya el jugador."),
    ("en", "To know how many games a player already has."),
    ("pt", "Para saber quantos jogos o jogador já tem."),
    ("id", "Untuk mengetahui berapa jadwal yang sudah dimiliki pemain."),
];
pub(crate) const WHY_MEMBER: Sentences = &[
    ("es", "Para dar el precio de socio."),
    ("en", "To give members their price."),
    ("pt", "Para dar o preço de sócio."),
    ("id", "Untuk memberi harga anggota."),
];
pub(crate) const NO_TOURNAMENT: Sentences = &[
    ("es", "Por ahora no hay torneo abierto. En cuanto haya uno lo anunciamos."),
    ("en", "There is no tournament open at the moment. We will announce the next one."),
    ("pt", "No momento não há torneio aberto. Avisaremos quando houver."),
    ("id", "Saat ini belum ada turnamen. Kami umumkan jika ada."),
];
pub(crate) const ASK_LEVEL: Sentences = &[
    ("es", "{name}, {date}. Inscripción: {fee} por pareja. ¿Cuál es tu nivel?"),
    ("en", "{name}, {date}. Entry: {fee} a pair. What is your level?"),
    ("pt", "{name}, {date}. Inscrição: {fee} por dupla. Qual é o seu nível?"),
    ("id", "{name}, {date}. Biaya: {fee} per pasangan. Apa level Anda?"),
];
pub(crate) const ASK_LEVEL_AGAIN: Sentences = &[
    ("es", "Elige uno de los tres niveles, por favor."),
    ("en", "Please choose one of the three levels."),
    ("pt", "Escolha um dos três níveis, por favor."),
    ("id", "Silakan pilih salah satu dari tiga level."),
];
pub(crate) const BEGINNER: Sentences =
    &[("es", "Principiante"), ("en", "Beginner"), ("pt", "Iniciante"), ("id", "Pemula")];
pub(crate) const INTERMEDIATE: Sentences =
    &[("es", "Intermedio"), ("en", "Intermediate"), ("pt", "Intermediário"), ("id", "Menengah")];
pub(crate) const ADVANCED: Sentences = &[("es", "Avanzado"), ("en", "Advanced"), ("pt", "Avançado"), ("id", "Mahir")];
pub(crate) const ASK_PARTNER: Sentences = &[
    ("es", "¿Con quién juegas? Escribe su nombre."),
    ("en", "Who will you play with? Write the name."),
    ("pt", "Com quem você joga? Escreva o nome."),
    ("id", "Anda main dengan siapa? Tulis namanya."),
];
pub(crate) const ALONE: Sentences =
    &[("es", "Busco pareja"), ("en", "I need a partner"), ("pt", "Procuro dupla"), ("id", "Cari pasangan")];
pub(crate) const CONFIRM: Sentences = &[
    ("es", "{name}, {date}. Nivel: {level}. Con: {with}. Inscripción: {fee}. ¿Te inscribo?"),
    ("en", "{name}, {date}. Level: {level}. With: {with}. Entry: {fee}. Shall I sign you up?"),
    ("pt", "{name}, {date}. Nível: {level}. Com: {with}. Inscrição: {fee}. Posso inscrever?"),
    ("id", "{name}, {date}. Level: {level}. Dengan: {with}. Biaya: {fee}. Saya daftarkan?"),
];
pub(crate) const SIGNED_UP: Sentences = &[
    (
        "es",
        "¡Listo! Estás en {name}, {date}. El equipo te escribe con los horarios; la inscripción se paga en recepción.",
    ),
    (
        "en",
        "Done! You are in for {name}, {date}. The team will write with the schedule; the entry is paid at the desk.",
    ),
    ("pt", "Pronto! Você está em {name}, {date}. A equipe manda os horários; a inscrição se paga na recepção."),
    ("id", "Siap! Anda terdaftar di {name}, {date}. Tim akan mengirim jadwal; biaya dibayar di resepsionis."),
];
pub(crate) const NOT_SIGNED_UP: Sentences = &[
    ("es", "De acuerdo, no te inscribí."),
    ("en", "All right, I did not sign you up."),
    ("pt", "Tudo bem, não inscrevi você."),
    ("id", "Baik, Anda tidak saya daftarkan."),
];
pub(crate) const YES: Sentences = &[("es", "Sí"), ("en", "Yes"), ("pt", "Sim"), ("id", "Ya")];
pub(crate) const NO: Sentences = &[("es", "No"), ("en", "No"), ("pt", "Não"), ("id", "Tidak")];
pub(crate) const NO_PARTNER: Sentences =
    &[("es", "aún sin pareja"), ("en", "no partner yet"), ("pt", "ainda sem dupla"), ("id", "belum ada pasangan")];
