//! What the platform's pages of modules say, in each page language.

use domain::Language;
use serde::Serialize;

use super::words::catalogue;

/// The catalogue for an admin of `language`.
pub fn module_words(language: Language) -> &'static ModuleWords {
    match language {
        Language::Spanish => &SPANISH,
        Language::English | Language::Portuguese | Language::Indonesian => &ENGLISH,
    }
}

catalogue! {
    /// What the platform's pages of modules say, in one language.
    ModuleWords {
    what_runs: "What runs where", "Qué corre en cada negocio";
    what_runs_lead: "A switch holds from the next turn on; a turn that has begun ends on what it began with.", "Un cambio vale desde el siguiente turno; el turno que ya empezó termina con lo que empezó.";
    off: "Off: the core answers alone", "Apagado: la plataforma responde sola";
    nothing: "No module: the core answers alone", "Sin módulo: la plataforma responde sola";
    may_use: "May use", "Puede usar";
    withheld: "Not granted", "No concedido";
    look: "See what it asks for", "Ver qué pide";
    release: "Release", "Versión";
    roll_back: "Roll back", "Volver a lo anterior";
    turn_off: "Turn off", "Apagar";
    turn_on: "Turn on", "Encender";
    installed: "Installed releases", "Versiones instaladas";
    signed_by: "Signed by", "Firmado por";
    unsigned: "Unsigned: the operator vouches for it", "Sin firma: lo avala el operador";
    brings: "Brings", "Aporta";
    services: "services", "servicios";
    tools: "tools", "herramientas";
    dialogs: "dialogs", "diálogos";
    forms: "forms", "formularios";
    automations: "automations", "automatizaciones";
    messages: "message templates", "plantillas de mensajes";
    asks_for: "Asks for", "Pide";
    asks_nothing: "Asks for nothing.", "No pide nada.";
    install_title: "Install a release", "Instalar una versión";
    install_lead: "Only what a trusted publisher has signed. What you built yourself goes in at the machine: frontdesk module install --unsigned.", "Solo lo que firmó un editor de confianza. Lo que construiste tú entra en la máquina: frontdesk module install --unsigned.";
    component: "Component (.wasm)", "Componente (.wasm)";
    seal: "Its seal (.seal.json)", "Su sello (.seal.json)";
    install: "Install", "Instalar";
    run_here: "Run it here", "Activar aquí";
    runs_now: "Runs now", "Corre ahora";
    grant_title: "What it may use", "Qué puede usar";
    newly_asked: "New", "Nuevo";
    settings: "Settings, as JSON", "Configuración, en JSON";
    settings_hint: "Judged by the module's schema and by the module. Empty: as they are.", "Las revisan el esquema del módulo y el módulo. Vacío: como están.";
    schema: "What settings there are", "Qué se puede configurar";
    activate: "Activate", "Activar";
    all_modules: "All modules", "Todos los módulos";
    }
}
