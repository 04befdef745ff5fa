//! WhatsApp providers: signatures, payloads, media, sending. Implements the Channel port.
