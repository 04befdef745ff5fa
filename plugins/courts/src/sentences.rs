//! What players read, in Spanish, English, Portuguese and Indonesian.

pub(crate) type Sentences = &'static [(&'static str, &'static str)];

#[cfg(test)]
pub(crate) const ALL: [Sentences; 13] = [
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
