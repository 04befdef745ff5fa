//! Hair, nails and make-up: what is sold, who can do it, in which order, and what it costs on top.
//!
//! Start at [`rules`] for what may be booked, [`prices`] for what is added to the price, [`catalogue`] for words and services.

mod catalogue;
mod config;
mod prices;
mod rules;

use sdk::{Business, Context, Description, Draft, PriceLine, ToolAnswer, Verdict, Wanted, export_business, say};

/// The module.
pub struct Salon;

impl Business for Salon {
    fn describe() -> Description {
        Description {
            name: "salon".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            languages: ["es-MX", "en", "pt-BR", "id"].map(str::to_owned).to_vec(),
            capabilities: vec![Wanted {
                name: "scheduling".into(),
                reason: "To tell when the next visit could be.".into(),
            }],
            config_schema: config::SCHEMA.into(),
            vocabularies: catalogue::vocabularies(),
            services: catalogue::services(),
            tools: catalogue::tools(),
            ext: None,
        }
    }

    fn quote(context: &Context, draft: &Draft) -> Result<Vec<PriceLine>, String> {
        Ok(prices::lines(context, draft, &config::read(context)?))
    }

    fn review(context: &Context, draft: &Draft) -> Result<Verdict, String> {
        Ok(rules::review(context, draft, &config::read(context)?))
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
        Ok(ToolAnswer { text: text.to_owned(), effects: Vec::new() })
    }
}

export_business!(Salon);
