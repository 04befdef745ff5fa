//! Hair, nails and make-up: what is sold, who can do it, in which order, and what it costs on top.
//!
//! Start at [`rules`] for what may be booked, [`prices`] for what is added to the price, [`rhythm`] for
//! when a customer should come again, [`catalogue`] for words and services.

mod catalogue;
mod config;
mod prices;
mod rhythm;
mod rules;

use sdk::{
    Business, Context, Description, Draft, Effect, Event, Quotation, ToolAnswer, Verdict, Wanted, export_business, say,
    texts,
};

/// The module.
pub struct Salon;

impl Business for Salon {
    fn describe() -> Description {
        Description {
            name: "salon".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            languages: ["es-MX", "en", "pt-BR", "id"].map(str::to_owned).to_vec(),
            title: texts(&[
                ("es", "Salón de belleza"),
                ("en", "Hair and beauty"),
                ("pt", "Salão de beleza"),
                ("id", "Salon"),
            ]),
            capabilities: vec![
                Wanted::new(
                    "scheduling",
                    &[
                        ("es", "Para decir cuándo podría ser la próxima visita."),
                        ("en", "To tell when the next visit could be."),
                        ("pt", "Para dizer quando poderia ser a próxima visita."),
                        ("id", "Untuk memberi tahu kapan kunjungan berikutnya bisa dilakukan."),
                    ],
                ),
                Wanted::new(
                    "messages",
                    &[
                        ("es", "Para invitar a quien ya le toca volver."),
                        ("en", "To invite customers when their next visit is due."),
                        ("pt", "Para convidar quem já está na hora de voltar."),
                        ("id", "Untuk mengundang pelanggan ketika sudah waktunya datang lagi."),
                    ],
                ),
            ],
            config_schema: config::SCHEMA.into(),
            vocabularies: catalogue::vocabularies(),
            services: catalogue::services(),
            tools: catalogue::tools(),
            forms: catalogue::forms(),
            messages: rhythm::messages(),
            automations: rhythm::automations(),
            events: vec!["booking.completed".into()],
            ..Description::default()
        }
    }

    fn quote(context: &Context, draft: &Draft) -> Result<Quotation, String> {
        Ok(prices::quote(context, draft, &context.settings()?))
    }

    fn review(context: &Context, draft: &Draft) -> Result<Verdict, String> {
        Ok(rules::review(context, draft, &context.settings()?))
    }

    fn on_event(context: &Context, event: &Event) -> Result<Vec<Effect>, String> {
        Ok(rhythm::on_event(context, event, &context.settings()?))
    }

    fn call_tool(context: &Context, name: &str, _arguments: &str) -> Result<ToolAnswer, String> {
        let text = match name {
            "aftercare" => say(
                context,
                &[
                    (
                        "es",
                        "Después de un tinte o balayage: espera 48 horas para lavar, usa shampoo sin sulfatos y agua tibia.",
                    ),
                    (
                        "en",
                        "After colour or balayage: wait 48 hours before washing, use a sulphate-free shampoo and lukewarm water.",
                    ),
                    ("pt", "Depois de tintura ou balayage: espere 48 horas para lavar e use shampoo sem sulfato."),
                    ("id", "Setelah pewarnaan: tunggu 48 jam sebelum keramas dan gunakan sampo tanpa sulfat."),
                ],
            ),
            "products" => say(
                context,
                &[
                    ("es", "Recomendamos shampoo sin sulfatos y aceite de argán; los tenemos en recepción."),
                    ("en", "We recommend sulphate-free shampoo and argan oil; we have both at the desk."),
                    ("pt", "Recomendamos shampoo sem sulfato e óleo de argan; temos na recepção."),
                    ("id", "Kami sarankan sampo tanpa sulfat dan minyak argan; tersedia di resepsionis."),
                ],
            ),
            other => return Err(format!("no tool {other}")),
        };
        Ok(ToolAnswer::says(text))
    }
}

export_business!(Salon);
