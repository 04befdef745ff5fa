//! What the page of calendars kept elsewhere says, in each page language.

use domain::Language;
use serde::Serialize;

use super::words::catalogue;

/// The catalogue for a member of `language`.
pub fn calendar_words(language: Language) -> &'static CalendarWords {
    match language {
        Language::Spanish => &SPANISH,
        Language::English | Language::Portuguese | Language::Indonesian => &ENGLISH,
    }
}

catalogue! {
    /// What the page of calendars kept elsewhere says, in one language.
    CalendarWords {
    title: "Other calendars", "Otros calendarios";
    lead: "Whoever keeps a calendar elsewhere is not booked while it says busy. Each is read every ten minutes; one that cannot be read keeps its person's times closed until it can, so that nobody is booked twice.", "A quien lleva un calendario en otro lado no se le reserva mientras diga ocupado. Cada uno se lee cada diez minutos; si no se puede leer, los horarios de esa persona quedan cerrados hasta que se pueda, para que nadie quede reservado dos veces.";
    none: "No other calendar is connected", "No hay otro calendario conectado";
    none_next: "Add one below. Nothing is written to it and customers never see what it says.", "Agrega uno abajo. No se escribe nada en él y los clientes nunca ven lo que dice.";
    read: "Read", "Leído";
    late: "Not read lately", "Sin leer últimamente";
    closed: "Times closed", "Horarios cerrados";
    read_at: "last read", "última lectura";
    never: "never read", "nunca leído";
    skipped: "entries without a usable time", "entradas sin hora utilizable";
    why_revoked: "Its keeper does not show it at this address any more. Take the address from there again: remove this one and connect it anew.", "Ya no se muestra en esa dirección. Vuelve a tomar la dirección de allá: quita este y conéctalo de nuevo.";
    why_moved: "It lies at another address now. Connect it with that one.", "Ahora está en otra dirección. Conéctalo con esa.";
    why_not_a_calendar: "What lies at this address is no calendar; often it is a page to log in. Use the secret address in iCal format.", "Lo que hay en esa dirección no es un calendario; suele ser una página para entrar. Usa la dirección secreta en formato iCal.";
    why_too_large: "It is too large to be read in full.", "Es demasiado grande para leerlo completo.";
    why_address: "Only https addresses of public servers are read.", "Solo se leen direcciones https de servidores públicos.";
    why_failing: "Its keeper has trouble right now.", "El servidor tiene problemas.";
    why_unreachable: "Nobody answered there.", "Nadie respondió.";
    holds: "What was read before holds for two hours.", "Lo leído antes vale dos horas.";
    read_now: "Read now", "Leer ahora";
    remove: "Remove", "Quitar";
    connect_title: "Connect a calendar", "Conectar un calendario";
    whose: "Whose", "De quién";
    name: "Name (optional)", "Nombre (opcional)";
    address: "Secret address in iCal format", "Dirección secreta en formato iCal";
    address_hint: "Google: settings of the calendar, “Secret address in iCal format”. Outlook: shared calendars, publish, ICS. Apple: share, public calendar. It is kept encrypted.", "Google: configuración del calendario, “Dirección secreta en formato iCal”. Outlook: calendarios compartidos, publicar, ICS. Apple: compartir, calendario público. Se guarda cifrada.";
    connect: "Connect", "Conectar";
    connected: "Connected and read.", "Conectado y leído.";
    connected_unread: "Connected, but it could not be read.", "Conectado, pero no se pudo leer.";
    }
}
