//! What the platform admin's pages say beside what all pages say.

use serde::Serialize;

catalogue! {
    /// Texts of the platform admin's pages.
    PlatformWords {
    suspended: "Suspended", "Suspendido";
    channels: "Numbers", "Números";
    bookings_30: "Bookings, 30 days", "Reservas, 30 días";
    conversations_30: "Conversations, 30 days", "Conversaciones, 30 días";
    version: "Version", "Versión";
    digest: "Fingerprint", "Huella";
    installed: "Installed", "Instalado";
    used_by: "Used by", "Usado por";
    no_tenants: "No businesses yet. Start the demo, or add one from the command line.", "Aún no hay negocios. Inicia la demo o agrega uno desde la línea de comandos.";
    no_modules: "No modules yet. Install one under “Modules”, or with “frontdesk module install”.", "Aún no hay módulos. Instala uno en “Módulos” o con “frontdesk module install”.";
    quarantine_lead: "Proven calls about numbers that are not their channel's. Taken up again, each goes to whoever has its number now.", "Llamadas comprobadas sobre números que no son los de su canal. Al retomarlas, cada una va a quien tenga su número ahora.";
    no_quarantine: "Nothing is held", "No hay nada retenido";
    no_quarantine_next: "Calls that no channel can claim appear here.", "Aquí aparecen las llamadas que ningún canal reconoce.";
    canary_lead: "A new release is tried on a share of its tenants first. What is watched of both sides stands side by side.", "Una versión nueva se prueba primero con una parte de sus negocios. Lo observado de ambos lados se ve lado a lado.";
    canary_running: "Being tried", "En prueba";
    canary_stopping: "Going back", "Regresando";
    canary_stopped: "Stopped", "Detenida";
    canary_by_rule: "Stopped by itself", "Se detuvo sola";
    canary_promoting: "Spreading", "Extendiéndose";
    canary_promoted: "Given to all", "Para todos";
    canary_watched: "Watched", "Observado";
    canary_new: "New release", "Versión nueva";
    canary_old: "Old release", "Versión anterior";
    canary_calls: "Calls", "Llamadas";
    canary_traps: "Traps", "Fallos";
    canary_timeouts: "Out of time", "Sin tiempo";
    canary_unusable: "Stopped or unusable", "Detenidas o inservibles";
    canary_refused: "Bookings refused", "Reservas rechazadas";
    canary_turns: "Turns", "Turnos";
    canary_fallbacks: "Answered without it", "Contestados sin ella";
    canary_hand_overs: "Handed to a person", "Pasados a una persona";
    canary_p99: "99 of 100 calls within", "99 de 100 llamadas en";
    canary_pinned: "pinned", "fijado";
    canary_waiting: "waits", "espera";
    canary_on: "tries it", "la prueba";
    canary_refuses: "could not be switched", "no se pudo cambiar";
    canary_back: "back on the old one", "de vuelta en la anterior";
    canary_left: "switched by somebody else", "cambiado por alguien más";
    canary_rest: "stays", "se queda";
    canary_promote: "Give it to all", "Dar a todos";
    canary_stop: "Stop and go back", "Detener y regresar";
    canary_begin: "Try a release", "Probar una versión";
    canary_percent: "Share, percent", "Parte, por ciento";
    plan: "Plan", "Plan";
    plans: "Plans", "Planes";
    plan_call: "One module call", "Una llamada a un módulo";
    plan_cpu: "Processor time of a price", "Tiempo de procesador de un precio";
    plan_wall: "Time by the clock", "Tiempo de reloj";
    plan_memory: "Memory", "Memoria";
    plan_at_once: "At once", "A la vez";
    plan_host_calls: "Questions to the host", "Preguntas al anfitrión";
    plan_host_bytes: "Bytes of these", "Bytes de estas";
    plan_output: "Handed over at once", "Entregado de una vez";
    plan_keys: "Keys remembered", "Claves recordadas";
    plan_remembered: "Bytes remembered", "Bytes recordados";
    plan_log: "Lines in the log", "Líneas en el registro";
    usage_lead: "What calls of modules cost, by business, module and function: what took most time first, 200 rows at most.", "Lo que cuestan las llamadas a los módulos, por negocio, módulo y función: primero lo que más tiempo tomó, 200 filas como mucho.";
    usage_days: "Days:", "Días:";
    usage_of: "Business", "Negocio";
    usage_function: "Function", "Función";
    usage_cpu: "Processor time", "Tiempo de procesador";
    usage_peak: "Most memory", "Memoria máxima";
    no_usage: "Nothing yet", "Nada todavía";
    no_usage_next: "Costs appear here as soon as a module answers somebody.", "Los costos aparecen aquí en cuanto un módulo le contesta a alguien.";
    no_canaries: "No release is being tried.", "No hay ninguna versión en prueba.";
    }
}
