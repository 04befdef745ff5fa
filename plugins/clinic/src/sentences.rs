//! What patients read, in Spanish, English, Portuguese and Indonesian. Time and place, never the reason of a visit.

pub(crate) type Sentences = &'static [(&'static str, &'static str)];

#[cfg(test)]
pub(crate) const ALL: [Sentences; 13] = [
    FIRST_VISIT_FIRST,
    ASK_AGE,
    ASK_GUARDIAN,
    GUARDIAN_COMES,
    ASK_CONSENT,
    CONSENT_NEEDED,
    ARRIVE_EARLY,
    NO_ADVICE,
    BRING,
    REMINDER,
    WHY_CUSTOMER,
    YES,
    NO,
];

pub(crate) const FIRST_VISIT_FIRST: Sentences = &[
    ("es", "El seguimiento es para pacientes con una visita reciente. Agenda primero una consulta de primera vez."),
    ("en", "A follow-up is for patients with a recent visit. Please book a first visit instead."),
    ("pt", "O retorno é para pacientes com uma visita recente. Marque antes uma primeira consulta."),
    ("id", "Kontrol hanya untuk pasien dengan kunjungan terbaru. Silakan pesan kunjungan pertama."),
];
pub(crate) const ASK_AGE: Sentences = &[
    ("es", "¿Qué edad tiene el paciente?"),
    ("en", "How old is the patient?"),
    ("pt", "Qual é a idade do paciente?"),
    ("id", "Berapa usia pasien?"),
];
pub(crate) const ASK_GUARDIAN: Sentences = &[
    ("es", "¿Quién lo acompañará? Escribe nombre y parentesco."),
    ("en", "Who will come along? Please write name and relation."),
    ("pt", "Quem vai acompanhar? Escreva nome e parentesco."),
    ("id", "Siapa yang akan mendampingi? Tulis nama dan hubungan."),
];
pub(crate) const GUARDIAN_COMES: Sentences = &[
    ("es", "El acompañante debe quedarse durante toda la visita."),
    ("en", "The guardian stays for the whole visit."),
    ("pt", "O acompanhante fica durante toda a visita."),
    ("id", "Pendamping harus hadir selama kunjungan."),
];
pub(crate) const ASK_CONSENT: Sentences = &[
    ("es", "Para atenderte guardamos tus datos de salud, cifrados y solo para tu atención. ¿Estás de acuerdo?"),
    ("en", "To treat you we keep your health data, encrypted and for your care only. Do you agree?"),
    ("pt", "Para atender você guardamos seus dados de saúde, criptografados e só para o seu cuidado. Você concorda?"),
    ("id", "Untuk merawat Anda kami menyimpan data kesehatan Anda, terenkripsi dan hanya untuk perawatan. Setuju?"),
];
pub(crate) const CONSENT_NEEDED: Sentences = &[
    ("es", "Sin tu consentimiento no podemos agendar por aquí. Si prefieres, llámanos o pasa a recepción."),
    ("en", "Without your consent we cannot book here. If you prefer, call us or come by the desk."),
    ("pt", "Sem o seu consentimento não podemos marcar por aqui. Se preferir, ligue ou passe na recepção."),
    ("id", "Tanpa persetujuan Anda kami tidak dapat memesan di sini. Silakan telepon atau datang ke resepsionis."),
];
pub(crate) const ARRIVE_EARLY: Sentences = &[
    ("es", "Como es tu primera visita, llega 10 minutos antes con una identificación."),
    ("en", "As it is your first visit, please come 10 minutes early and bring an ID."),
    ("pt", "Como é sua primeira visita, chegue 10 minutos antes com um documento."),
    ("id", "Karena ini kunjungan pertama, datanglah 10 menit lebih awal dengan kartu identitas."),
];
pub(crate) const NO_ADVICE: Sentences = &[
    ("es", "Por aquí no puedo dar consejo médico. Le aviso ahora mismo a una persona del equipo."),
    ("en", "I cannot give medical advice here. I am telling a person of the team right now."),
    ("pt", "Não posso dar conselho médico por aqui. Já estou avisando uma pessoa da equipe."),
    ("id", "Saya tidak bisa memberi saran medis di sini. Saya segera memberi tahu petugas."),
];
pub(crate) const BRING: Sentences = &[
    ("es", "Trae una identificación, tus estudios recientes y la lista de lo que tomas."),
    ("en", "Please bring an ID, recent results and a list of what you take."),
    ("pt", "Traga um documento, exames recentes e a lista do que você toma."),
    ("id", "Bawa kartu identitas, hasil pemeriksaan terbaru, dan daftar obat yang diminum."),
];
pub(crate) const REMINDER: Sentences = &[
    ("es", "Te recordamos tu cita: {{ date }} {{ time }}, {{ place }}."),
    ("en", "A reminder of your appointment: {{ date }} {{ time }}, {{ place }}."),
    ("pt", "Lembrete da sua consulta: {{ date }} {{ time }}, {{ place }}."),
    ("id", "Pengingat janji Anda: {{ date }} {{ time }}, {{ place }}."),
];
pub(crate) const WHY_CUSTOMER: Sentences = &[
    ("es", "Para no preguntar dos veces por el consentimiento ni por el acompañante."),
    ("en", "So as not to ask twice for consent and guardian."),
    ("pt", "Para não perguntar duas vezes pelo consentimento e pelo acompanhante."),
    ("id", "Agar tidak menanyakan persetujuan dan pendamping dua kali."),
];
pub(crate) const YES: Sentences = &[("es", "De acuerdo"), ("en", "I agree"), ("pt", "Concordo"), ("id", "Setuju")];
pub(crate) const NO: Sentences = &[("es", "No"), ("en", "No"), ("pt", "Não"), ("id", "Tidak")];
