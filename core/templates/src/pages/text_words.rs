//! What the pages of texts say, in each page language.

use domain::Language;
use serde::Serialize;

use super::words::catalogue;

/// The catalogue for a member of `language`.
pub fn text_words(language: Language) -> &'static TextWords {
    match language {
        Language::Spanish => &SPANISH,
        Language::English | Language::Portuguese | Language::Indonesian => &ENGLISH,
    }
}

catalogue! {
    /// What the pages of texts say, in one language.
    TextWords {
    texts: "Texts", "Textos";
    lead: "What customers read, in your words. What you do not change stays as it comes.", "Lo que leen tus clientes, con tus palabras. Lo que no cambies se queda como viene.";
    languages: "Languages", "Idiomas";
    kind_message: "Messages of your module", "Mensajes de tu módulo";
    kind_prompt: "Instructions for the model", "Instrucciones para el modelo";
    kind_platform: "The assistant's own", "Los del asistente";
    yours: "yours", "tuyo";
    beneath: "As it comes", "Como viene";
    wording: "Your words", "Tus palabras";
    names: "What you can name", "Lo que puedes nombrar";
    names_hint: "Put a name in double braces; it is filled in for each customer. In the preview it reads as shown here.", "Escribe un nombre entre llaves dobles; se llena para cada cliente. En la vista previa se lee como aquí.";
    plain_hint: "Here only names can be used.", "Aquí solo puedes usar nombres.";
    logic_hint: "Conditions like {% if who %} … {% endif %} work too.", "También sirven condiciones como {% if who %} … {% endif %}.";
    preview: "Preview", "Vista previa";
    save: "Save", "Guardar";
    saved: "Saved. It is said from the next message on.", "Guardado. Se dice desde el próximo mensaje.";
    back: "All texts", "Todos los textos";
    versions: "Versions", "Versiones";
    version: "Version", "Versión";
    no_versions: "Nothing was changed yet.", "Aún no se cambió nada.";
    restore: "Back to this", "Volver a esta";
    reset: "Back to how it comes", "Volver a como viene";
    is_reset: "As it comes", "Como viene";
    stale: "Somebody changed this text meanwhile. Yours is still here: look and save again.", "Alguien cambió este texto mientras tanto. El tuyo sigue aquí: revísalo y guarda otra vez.";
    module_texts: "Texts of modules", "Textos de los módulos";
    module_lead: "What each module says in its newest release. Businesses word them otherwise on their own pages.", "Lo que dice cada módulo en su versión más nueva. Los negocios los redactan a su modo en sus páginas.";
    none: "No module brings texts.", "Ningún módulo trae textos.";
    }
}
