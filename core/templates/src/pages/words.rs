//! What our pages say, in each page language. A key missing in one language does not compile.

use domain::Language;
use serde::Serialize;

/// A struct with a text for each key, and its values in each language; a part is a catalogue of a file of its own.
macro_rules! catalogue {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $english:literal, $spanish:literal;)* } $($part:ident: $of:ident in $file:ident)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        pub struct $name { $(pub $key: &'static str,)* $(#[serde(flatten)] pub $part: &'static $of)? }
        pub(super) static ENGLISH: $name = $name { $($key: $english,)* $($part: &$file::ENGLISH)? };
        pub(super) static SPANISH: $name = $name { $($key: $spanish,)* $($part: &$file::SPANISH)? };
    };
}

mod platform;
pub use platform::PlatformWords;

/// Languages that pages exist in; members of other languages read English.
pub const PAGE_LANGUAGES: [Language; 2] = [Language::English, Language::Spanish];

/// The catalogue for a member of `language`.
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::Spanish => &SPANISH,
        Language::English | Language::Portuguese | Language::Indonesian => &ENGLISH,
    }
}

/// Short names, months from January and days from Monday.
pub(super) fn months_and_days(language: &str) -> (&'static [&'static str], &'static [&'static str]) {
    const ES: ([&str; 12], [&str; 7]) = (
        ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
        ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
    );
    const EN: ([&str; 12], [&str; 7]) = (
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    );
    if language.starts_with("es") { (&ES.0, &ES.1) } else { (&EN.0, &EN.1) }
}

catalogue! {
    /// Every text of the dashboard, in one language.
    Words {
    lang: "en", "es";
    skip: "Skip to content", "Saltar al contenido";
    menu: "Menu", "Menú";
    home: "Today", "Hoy";
    inbox: "Inbox", "Mensajes";
    calendar: "Calendar", "Calendario";
    simulator: "Simulator", "Simulador";
    platform: "Platform", "Plataforma";
    log_out: "Log out", "Salir";
    back: "Back", "Atrás";
    close: "Close", "Cerrar";
    live: "Live", "En vivo";
    reconnecting: "Reconnecting…", "Reconectando…";
    saved: "Done", "Listo";
    undo: "Undo", "Deshacer";
    failed: "That did not work. Try again.", "No se pudo. Intenta de nuevo.";
    login_title: "Log in", "Entrar";
    login_lead: "Your front desk, where you left it.", "Tu recepción, donde la dejaste.";
    email: "E-mail", "Correo";
    password: "Password", "Contraseña";
    login_wrong: "The address or the password is wrong.", "El correo o la contraseña no son correctos.";
    login_many: "Too many attempts. Wait a few minutes and try again.", "Demasiados intentos. Espera unos minutos e intenta de nuevo.";
    good_day: "Hello", "Hola";
    today_bookings: "Today's bookings", "Reservas de hoy";
    no_today: "Nothing booked today. Open the calendar to add a booking, or write to your own number in the simulator.", "Hoy no hay reservas. Abre el calendario para agregar una, o escribe a tu propio número en el simulador.";
    waiting_title: "Waiting for a person", "Esperan a una persona";
    no_waiting: "Nobody is waiting. The assistant has it in hand.", "Nadie espera. El asistente se encarga.";
    checklist: "Before you go live", "Antes de empezar";
    check_number: "Connect a WhatsApp number", "Conectar un número de WhatsApp";
    check_hours: "Set opening hours", "Poner el horario";
    check_services: "List your services", "Agregar tus servicios";
    check_people: "Add who can be booked", "Agregar a quién se puede reservar";
    check_first_booking: "Make a first booking", "Hacer una primera reserva";
    done_step: "done", "listo";
    todo_step: "to do", "pendiente";
    filter_all: "All", "Todas";
    filter_waiting: "Waiting", "En espera";
    filter_mine: "Mine", "Mías";
    filter_assistant: "Assistant", "Asistente";
    filter_resolved: "Resolved", "Resueltas";
    filters: "Filter conversations", "Filtrar conversaciones";
    conversations: "Conversations", "Conversaciones";
    older: "Older conversations", "Conversaciones anteriores";
    older_messages: "Older messages", "Mensajes anteriores";
    inbox_empty: "No conversations here yet", "Aún no hay conversaciones";
    inbox_empty_next: "When a customer writes to your number, it appears here by itself. Try it now:", "Cuando un cliente escriba a tu número, aparecerá aquí solo. Pruébalo:";
    open_simulator: "Open the simulator", "Abrir el simulador";
    pick_conversation: "Pick a conversation", "Elige una conversación";
    pick_hint: "j and k go down and up, Enter opens, r replies, ? shows all keys.", "j y k bajan y suben, Enter abre, r responde, ? muestra las teclas.";
    unnamed: "No name yet", "Sin nombre";
    unread: "unread", "sin leer";
    you: "You", "Tú";
    badge_assistant: "Assistant", "Asistente";
    badge_waiting: "Waiting for a person", "Espera a una persona";
    badge_person: "Answered by", "Responde";
    take_over: "Take over", "Atender";
    give_back: "Give back to assistant", "Devolver al asistente";
    assistant_has_it: "The assistant answers here. Take over to write yourself.", "El asistente responde aquí. Atiende tú para escribir.";
    somebody_asked: "This customer asked for a person.", "Este cliente pidió hablar con una persona.";
    write_reply: "Write a reply", "Escribe una respuesta";
    send: "Send", "Enviar";
    window_left: "Free text for another", "Texto libre por";
    window_closed: "24 hours have passed since the customer's last message. What you write now waits here and leaves as soon as they write, for up to three days.", "Pasaron 24 horas desde el último mensaje del cliente. Lo que escribas espera aquí y sale en cuanto vuelva a escribir, hasta por tres días.";
    tick_queued: "waiting to be sent", "por enviar";
    tick_sent: "sent", "enviado";
    tick_delivered: "delivered", "entregado";
    tick_read: "read", "leído";
    tick_played: "played", "escuchado";
    tick_failed: "not delivered", "no entregado";
    from_customer: "Customer", "Cliente";
    from_assistant: "Assistant", "Asistente";
    from_system: "Notice", "Aviso";
    chose: "Chose", "Eligió";
    media: "Attachment", "Archivo";
    contacts: "Contacts", "Contactos";
    unsupported: "A kind of message that cannot be shown here", "Un tipo de mensaje que no se puede mostrar aquí";
    revoked: "Message deleted by the customer", "Mensaje eliminado por el cliente";
    customer: "Customer", "Cliente";
    visits: "visits", "visitas";
    no_shows: "no-shows", "faltas";
    upcoming: "Next bookings", "Próximas reservas";
    no_upcoming: "Nothing booked.", "Sin reservas.";
    past: "Before", "Antes";
    note: "Note", "Nota";
    details: "Customer details", "Datos del cliente";
    keys_title: "Keyboard", "Teclado";
    keys_next: "Next conversation", "Siguiente conversación";
    keys_previous: "Previous conversation", "Conversación anterior";
    keys_open: "Open", "Abrir";
    keys_reply: "Reply", "Responder";
    keys_take: "Take over or give back", "Atender o devolver";
    keys_back: "Back to the list", "Volver a la lista";
    keys_help: "This list", "Esta lista";
    state_held: "Held", "Apartada";
    state_pending_approval: "Pending", "Por aprobar";
    state_confirmed: "Confirmed", "Confirmada";
    state_arrived: "Arrived", "Llegó";
    state_completed: "Done", "Terminada";
    state_no_show: "No-show", "No asistió";
    state_cancelled: "Cancelled", "Cancelada";
    legend_blocked: "Blocked", "Bloqueado";
    legend_closed: "Not working", "Fuera de horario";
    legend: "Legend", "Colores";
    day_view: "Day", "Día";
    week_view: "Week", "Semana";
    previous: "Previous", "Anterior";
    next: "Next", "Siguiente";
    go_today: "Today", "Hoy";
    times_in: "Times in", "Horas de";
    calendar_hint: "Click an empty time to book. Drag a booking to move it.", "Haz clic en un espacio libre para reservar. Arrastra una reserva para moverla.";
    moved: "Moved to", "Movida a";
    not_moved: "Not moved:", "No se movió:";
    instead: "Free instead:", "Libre en cambio:";
    calendar_empty_title: "Nothing to show yet", "Aún no hay nada que mostrar";
    calendar_empty: "Add the people or rooms that can be booked, then they become the lanes of this calendar.", "Agrega a las personas o espacios que se reservan y serán las columnas de este calendario.";
    booking: "Booking", "Reserva";
    price: "Price", "Precio";
    total: "Total", "Total";
    party: "People", "Personas";
    booked_by_chat: "Booked by chat", "Reservada por chat";
    booked_by_member: "Booked by a member", "Reservada por el equipo";
    booked_by_other: "Booked elsewhere", "Reservada por otro medio";
    open_chat: "Open the chat", "Abrir el chat";
    act_approve: "Approve", "Aprobar";
    act_arrive: "Arrived", "Llegó";
    act_complete: "Done", "Terminada";
    act_mark_no_show: "No-show", "No asistió";
    act_cancel: "Cancel booking", "Cancelar reserva";
    act_undo: "Undo", "Deshacer";
    move_title: "Move to another time", "Mover a otra hora";
    move_do: "Move", "Mover";
    tell_customer: "Tell the customer", "Avisar al cliente";
    new_booking: "New booking", "Nueva reserva";
    service: "Service", "Servicio";
    with: "With", "Con";
    anyone: "Anyone free", "Quien esté libre";
    start: "Start", "Inicio";
    name: "Name", "Nombre";
    phone: "Phone with country code", "Teléfono con lada internacional";
    book: "Book", "Reservar";
    minutes: "min", "min";
    walk_in: "Walk-in", "Sin cita";
    walk_in_hint: "Somebody is here and begins now.", "Alguien está aquí y empieza ahora.";
    walk_in_do: "Begin now", "Empezar ahora";
    phone_optional: "Phone with country code, if known", "Teléfono con lada, si se sabe";
    block: "Block time", "Bloquear tiempo";
    unblock: "Take the block away", "Quitar el bloqueo";
    block_do: "Block", "Bloquear";
    block_made: "The time is blocked.", "El tiempo quedó bloqueado.";
    block_across: "These bookings lie in it. They stay until you move them.", "Estas reservas quedan dentro. Siguen ahí hasta que las muevas.";
    end: "End", "Fin";
    reason: "Reason", "Motivo";
    series: "Series", "Serie";
    new_series: "New series", "Nueva serie";
    book_series: "Book the series", "Reservar la serie";
    first_visit: "First visit", "Primera visita";
    repeats: "Repeats", "Se repite";
    every_week: "every week", "cada semana";
    every_fortnight: "every two weeks", "cada dos semanas";
    every_month: "every month", "cada mes";
    every_day: "every day", "cada día";
    times: "How many times", "Cuántas veces";
    series_conflicts: "Nothing was booked yet. These visits cannot be had; decide on each:", "Aún no se reservó nada. Estas visitas no se pueden; decide cada una:";
    decide: "Decide…", "Decide…";
    skip_visit: "Leave it out", "Omitirla";
    cancel_this: "Cancel this one", "Cancelar esta";
    cancel_later: "This and later", "Esta y las siguientes";
    cancel_all: "All", "Todas";
    see_series: "See the series", "Ver la serie";
    history: "History", "Historial";
    decline: "Decline", "Rechazar";
    waitlist: "Waitlist", "Lista de espera";
    waitlist_lead: "A freed time is offered to the first in line, to one at a time.", "Un horario que se libera se ofrece a quien sigue, de uno en uno.";
    approvals: "Waiting for your yes", "Esperan tu visto bueno";
    no_approvals: "No request is waiting.", "No hay solicitudes pendientes.";
    in_line: "In line", "En espera";
    no_line: "Nobody is waiting. When a wished time is taken, the assistant offers customers to wait for it.", "Nadie espera. Cuando una hora está ocupada, el asistente ofrece esperar por ella.";
    offered: "offered", "ofrecido";
    until: "until", "hasta";
    take_off: "Take off the list", "Quitar de la lista";
    matrix: "Next free", "Próximos lugares";
    matrix_lead: "Each service with everybody who does it, and when they are free next.", "Cada servicio con quien lo hace y cuándo tiene lugar.";
    cannot_do: "does not do it", "no lo hace";
    nothing_free: "nothing soon", "nada pronto";
    tenants: "Businesses", "Negocios";
    modules: "Modules", "Módulos";
    status: "Status", "Estado";
    active: "Active", "Activo";
    module: "Module", "Módulo";
    sim_title: "Simulator", "Simulador";
    sim_lead: "A customer's phone. What it says goes through the real webhook, signed; what the business sends arrives like on WhatsApp.", "El teléfono de un cliente. Lo que dice entra por el webhook real, firmado; lo que envía el negocio llega como en WhatsApp.";
    sim_empty: "No number is connected to the simulator. Start the demo to get one.", "Ningún número está conectado al simulador. Inicia la demo para tener uno.";
    sim_message: "Message", "Mensaje";
    sim_phone: "Phone", "Teléfono";
    sim_new_phone: "Another phone", "Otro teléfono";
    sim_use: "Use it", "Usarlo";
    sim_clear: "Clear this phone", "Vaciar este teléfono";
    sim_clock: "Clock of the demo", "Reloj de la demo";
    sim_hour: "+1 hour", "+1 hora";
    sim_day: "+1 day", "+1 día";
    sim_set: "Set", "Poner";
    sim_real: "Real time", "Hora real";
    sim_typing: "typing…", "escribiendo…";
    sim_say_hi: "Say hello, or ask for a time.", "Saluda, o pide una hora.";
    sim_open_list: "Choose", "Elegir";
    sim_tips: "Try", "Prueba";
    error_404: "This page does not exist", "Esta página no existe";
    error_404_next: "It may have been moved, or it belongs to somebody else.", "Quizá cambió de lugar, o es de alguien más.";
    error_403: "This was not allowed", "Esto no está permitido";
    error_403_next: "Your role does not include it, or the page was open for too long. Reload and try again.", "Tu rol no lo incluye, o la página llevaba mucho tiempo abierta. Recarga e intenta de nuevo.";
    error_409: "It changed in the meantime", "Cambió mientras tanto";
    error_409_next: "Somebody else was faster. Reload to see how it is now.", "Alguien más fue más rápido. Recarga para ver cómo está ahora.";
    error_422: "Something is missing or wrong", "Falta algo o no es válido";
    error_422_next: "Check the fields and try again.", "Revisa los campos e intenta de nuevo.";
    error_429: "A little too fast", "Demasiado rápido";
    error_429_next: "Wait a moment, then try again.", "Espera un momento e intenta de nuevo.";
    error_500: "Something broke on our side", "Algo falló de nuestro lado";
    error_500_next: "Nothing you entered was lost before the error. Try again, or tell us the reference below.", "Lo anterior al error no se perdió. Intenta de nuevo o dinos la referencia de abajo.";
    error_503: "Back in a moment", "Volvemos en un momento";
    error_503_next: "The front desk is restarting or its database is busy. Customers' messages are kept and answered afterwards.", "La recepción se está reiniciando o su base de datos está ocupada. Los mensajes de clientes se guardan y se contestan después.";
    undelivered: "Not delivered", "Sin entregar";
    undelivered_lead: "Messages and events that need your decision.", "Mensajes y avisos que necesitan tu decisión.";
    undelivered_look: "Look at them", "Revisarlos";
    no_undelivered: "Everything got through", "Todo llegó";
    no_undelivered_next: "What cannot be sent, read or finished appears here with its reason.", "Lo que no se pueda enviar, leer o terminar aparece aquí con su razón.";
    quarantine: "Quarantine", "Cuarentena";
    kind_parked: "May not have left", "Quizá no salió";
    kind_failed: "Message failed", "Mensaje fallido";
    kind_event: "Event set aside", "Aviso apartado";
    kind_quarantined: "Could not be read", "No se pudo leer";
    kind_job: "Task given up", "Tarea abandonada";
    try_again: "Try again", "Reintentar";
    try_all_again: "Try all again", "Reintentar todo";
    discard: "Discard", "Descartar";
    discard_sure: "It will not be tried again.", "No se volverá a intentar.";
    discard_yes: "Yes, discard", "Sí, descartar";
    taken_again: "Taken up again", "Retomados";
    still_left: "left as they are", "quedaron igual";
    newest_of_each: "At most the newest 50 of each kind are listed.", "Se muestran a lo más los 50 más recientes de cada tipo.";
    attach: "Attach a file", "Adjuntar un archivo";
    uploading: "Sending the file…", "Enviando el archivo…";
    file_too_large: "Files of up to 32 MB can be sent.", "Se pueden enviar archivos de hasta 32 MB.";
    passage_free: "Leaves now as free text", "Sale ahora como texto libre";
    passage_waits: "Waits until the customer writes", "Espera a que el cliente escriba";
    template_offers: "Send an approved template instead: it leaves now", "Enviar una plantilla aprobada: sale ahora";
    template_value: "Value", "Valor";
    send_template: "Send template", "Enviar plantilla";
    reference: "Reference", "Referencia";
    go_home: "Go to the start", "Ir al inicio";
    policies: "Booking rules", "Reglas";
    policies_lead: "What holds for every booking, however it is made. What is booked already stays as it is.", "Lo que vale para cada reserva, se haga como se haga. Lo ya reservado se queda como está.";
    policies_saved: "Saved. The rules hold from now on.", "Guardado. Las reglas valen desde ahora.";
    policies_when: "When one can book", "Cuándo se puede reservar";
    policies_cancel: "Moving and cancelling", "Cambios y cancelaciones";
    policies_strikes: "No-shows", "Faltas";
    policies_waiting: "Holding a place", "Apartar un lugar";
    must_be: "must be a number,", "debe ser un número,";
    must_be_time: "must be a time of day, such as 18:30", "debe ser una hora, por ejemplo 18:30";
    notice: "At least so many minutes ahead", "Con al menos tantos minutos de anticipación";
    horizon: "At most so many days ahead", "Con tantos días de anticipación como máximo";
    grid: "A start every so many minutes", "Un inicio cada tantos minutos";
    open_per_customer: "Open bookings per customer", "Reservas abiertas por cliente";
    latest_start: "No visit starts after (optional)", "Ninguna cita empieza después de (opcional)";
    needs_approval: "Each request waits for a member's yes", "Cada solicitud espera el sí del equipo";
    cutoff: "Free until so many minutes before", "Sin costo hasta tantos minutos antes";
    late_cancel: "After that, cancelling", "Después, cancelar";
    late_free: "is still free", "sigue siendo gratis";
    late_costs: "costs a share of the price", "cuesta una parte del precio";
    late_refused: "needs a person of the team", "lo hace una persona del equipo";
    late_fee: "Share in percent", "Parte en por ciento";
    strikes: "No-shows that count (0: never)", "Faltas que cuentan (0: nunca)";
    after_strikes: "After that, a booking", "Después, una reserva";
    strikes_approval: "waits for a member's yes", "espera el sí del equipo";
    strikes_refused: "is made by a person of the team", "la hace una persona del equipo";
    strikes_nothing: "is made as by anybody", "se hace como cualquiera";
    undo_for: "A mark can be undone for (minutes)", "Una marca se puede deshacer (minutos)";
    hold_for: "While the customer decides (minutes)", "Mientras el cliente decide (minutos)";
    offer_for: "For the next on the waitlist (minutes)", "Para quien sigue en la lista de espera (minutos)";
    limits: "Limits", "Límites";
    limits_hint: "At most so much in a day or in a week, Monday to Sunday. Leave a number empty for no limit of that kind.", "Como máximo tanto por día o por semana, de lunes a domingo. Deja un número vacío si no hay ese límite.";
    limits_wrong: "each needs a number of bookings or minutes, 1 or more", "cada uno necesita un número de reservas o de minutos, 1 o más";
    limit_of: "Of", "De";
    limit_none: "nobody", "nadie";
    limit_customer: "each customer", "cada cliente";
    limit_kind: "each", "cada";
    limit_per: "In a", "Por";
    per_day: "day", "día";
    per_week: "week", "semana";
    limit_bookings: "Bookings", "Reservas";
    limit_minutes: "Minutes", "Minutos";
    holidays: "Public holidays", "Días festivos";
    closed_on_holidays: "Closed on public holidays, unless a date has hours of its own", "Cerrado en días festivos, salvo fechas con horario propio";
    holidays_known: "Those of the year to come", "Los del próximo año";
    holidays_unknown: "There is no list for this country: enter closed dates by hand.", "No hay lista para este país: marca a mano las fechas cerradas.";
    save: "Save", "Guardar";
    move_tell: "Move and tell the customer", "Mover y avisar al cliente";
    move_quiet: "Move without a message", "Mover sin avisar";
    move_not: "Leave it where it was", "Dejarla donde estaba";
    prices: "Prices", "Precios";
    prices_lead: "What changes the price of a service. Each rule changes the service's own price; they do not compound.", "Lo que cambia el precio de un servicio. Cada regla cambia el precio propio del servicio; no se acumulan entre sí.";
    price_rules: "Rules", "Reglas de precio";
    no_price_rules: "No rules yet: every service costs what the list says.", "Sin reglas: cada servicio cuesta lo que dice la lista.";
    edit: "Edit", "Editar";
    remove: "Remove", "Quitar";
    new_rule: "New rule", "Nueva regla";
    change_rule: "Change the rule", "Cambiar la regla";
    rule_label: "Name on the bill", "Nombre en la cuenta";
    rule_change: "Changes the price by", "Cambia el precio en";
    rule_amount: "How much (negative: a discount)", "Cuánto (negativo: descuento)";
    change_share: "percent", "por ciento";
    change_hour: "per hour", "por hora";
    change_once: "once", "una vez";
    change_person: "for each further person", "por cada persona más";
    all_services: "all services", "todos los servicios";
    rule_days: "Days", "Días";
    rule_from: "From", "Desde las";
    rule_to: "Until", "Hasta las";
    rule_first: "First date", "Primera fecha";
    rule_last: "Last date", "Última fecha";
    rule_party: "People, at least", "Personas, al menos";
    rule_demand: "Day taken in percent, at least", "Día ocupado en por ciento, al menos";
    rule_within: "Booked at most so many minutes before", "Reservado cuando más tantos minutos antes";
    rule_member: "Members only", "Solo socios";
    rule_hint: "A rule holds where everything you fill in holds; what is empty does not matter.", "La regla vale donde se cumple todo lo que llenes; lo vacío no cuenta.";
    prices_wrong: "The rule cannot be kept: it needs a name, an amount that is not 0, and both ends of hours and dates.", "No se puede guardar la regla: necesita un nombre, un monto distinto de 0, y principio y fin de horas y fechas.";
    deposit_title: "Deposit and rounding", "Anticipo y redondeo";
    deposit_none: "none", "ninguno";
    deposit_share: "percent of the total", "por ciento del total";
    deposit_from: "Only for totals from", "Solo para totales desde";
    deposit_wrong: "The deposit needs a share of at most 100 percent or an amount, and amounts without more decimals than the currency has.", "El anticipo necesita una parte de 100 por ciento como máximo o un monto, sin más decimales que la moneda.";
    members_free: "Members pay none", "Los socios no pagan";
    round_to: "Round totals to", "Redondear totales a";
    mon: "Mon", "lun";
    tue: "Tue", "mar";
    wed: "Wed", "mié";
    thu: "Thu", "jue";
    fri: "Fri", "vie";
    sat: "Sat", "sáb";
    sun: "Sun", "dom";
    closed_day: "closed", "cerrado";
    deposit: "Deposit", "Anticipo";
    tell_cancelled: "Tell the customer when cancelling", "Avisar al cliente al cancelar";
    }
    platform_pages: PlatformWords in platform
}
