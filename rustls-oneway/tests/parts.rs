//! The parts by themselves: vectors of QUIC, tickets, and what the provider says of itself.
#![cfg(all(feature = "std", feature = "trust"))]

use rustls::SignatureScheme;
use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::quic::{Keys, Version};
use rustls::{Side, Tls13CipherSuite};
use rustls_oneway::cipher_suite::{TLS13_AES_128_GCM_SHA256, TLS13_CHACHA20_POLY1305_SHA256};
use rustls_oneway::{ALL_CIPHER_SUITES, ALL_KX_GROUPS, Ticketer, provider};

mod common;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().unwrap()
}

/// RFC 9001, appendix A.3: the server's first packet, by AES-128-GCM.
#[test]
fn quic_packet_by_aes() {
    let suite: &'static Tls13CipherSuite = TLS13_AES_128_GCM_SHA256.tls13().unwrap();
    let id = bytes("8394c8f03e515708");
    let keys = |side| Keys::initial(Version::V1, suite, suite.quic.unwrap(), &id, side);
    let header = bytes("c1000000010008f067a5502a4262b50040750001");
    let payload = bytes(
        "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a04
         5a1200130100002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32b
         b9da1a002b00020304",
    );
    let expected = bytes(
        "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554
         780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b
         562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee",
    );
    let server = keys(Side::Server).local;
    let mut packet = [&header[..], &payload].concat();
    let tag = server.packet.encrypt_in_place(1, &header, &mut packet[header.len()..]).unwrap();
    packet.extend_from_slice(tag.as_ref());
    // The number's two bytes are the header's last; the sample starts four bytes after they do.
    let (number, sample) = (header.len() - 2, header.len() + 2);
    let protect = |packet: &mut Vec<u8>, key: &dyn rustls::quic::HeaderProtectionKey, is_masked| {
        let sample: [u8; 16] = packet[sample..sample + 16].try_into().unwrap();
        let (first, rest) = packet.split_first_mut().unwrap();
        let number = &mut rest[number - 1..=number];
        if is_masked {
            key.decrypt_in_place(&sample, first, number).unwrap();
        } else {
            key.encrypt_in_place(&sample, first, number).unwrap();
        }
    };
    protect(&mut packet, &*server.header, false);
    assert_eq!(packet, expected);

    let client = keys(Side::Client).remote;
    protect(&mut packet, &*client.header, true);
    assert_eq!(packet[..header.len()], header);
    let opened = client.packet.decrypt_in_place(1, &header, &mut packet[header.len()..]).unwrap();
    assert_eq!(opened, payload);
    let mut changed = expected[header.len()..].to_vec();
    changed[3] ^= 1;
    assert!(client.packet.decrypt_in_place(1, &header, &mut changed).is_err());
    assert!(client.packet.decrypt_in_place(1, &header, &mut [0; 15]).is_err());
}

/// RFC 9001, appendix A.5: a short packet, by ChaCha20-Poly1305.
#[test]
fn quic_packet_by_chacha() {
    let quic = TLS13_CHACHA20_POLY1305_SHA256.tls13().unwrap().quic.unwrap();
    let key = AeadKey::from(array("c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8"));
    let packet_key = quic.packet_key(key, Iv::new(array("e0459b3474bdd0e44a41c144")));
    let hp = AeadKey::from(array("25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4"));
    let header_key = quic.header_protection_key(hp);
    let mut packet = bytes("4200bff401");
    let (header, payload) = packet.split_at_mut(4);
    let tag = packet_key.encrypt_in_place(654_360_564, header, payload).unwrap();
    packet.extend_from_slice(tag.as_ref());
    let sample: [u8; 16] = packet[5..21].try_into().unwrap();
    let (first, rest) = packet.split_first_mut().unwrap();
    header_key.encrypt_in_place(&sample, first, &mut rest[..3]).unwrap();
    assert_eq!(packet, bytes("4cfe4189655e5cd55c41f69080575d7999c25a5bfb"));
    // Samples and numbers of other lengths are errors.
    assert!(header_key.encrypt_in_place(&sample[1..], &mut 0, &mut [0; 3]).is_err());
    assert!(header_key.encrypt_in_place(&sample, &mut 0, &mut [0; 5]).is_err());
}

/// The last of the blocks that a sample can name: a mask as any other (RFC 9001, section 5.4.4), which anybody can have
/// made. Computed by another implementation of `ChaCha20`.
#[test]
fn quic_header_by_the_last_block() {
    let quic = TLS13_CHACHA20_POLY1305_SHA256.tls13().unwrap().quic.unwrap();
    let hp = AeadKey::from(array("25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4"));
    let key = quic.header_protection_key(hp);
    let (mut first, mut number) = (0x42, [0x00, 0xbf, 0xf4]);
    key.encrypt_in_place(&[0xff; 16], &mut first, &mut number).unwrap();
    // Mask 5537fd9cea: of a short header's first byte five bits are masked.
    assert_eq!((first, number), (0x42 ^ 0x15, [0x37, 0xbf ^ 0xfd, 0xf4 ^ 0x9c]));
    key.decrypt_in_place(&[0xff; 16], &mut first, &mut number).unwrap();
    assert_eq!((first, number), (0x42, [0x00, 0xbf, 0xf4]));
}

/// In memory, as a QUIC library would: each suite, both ways.
#[test]
fn quic_handshakes() {
    use rustls::quic::{ClientConnection, Connection, KeyChange, ServerConnection};
    let world = common::World::new("P-256");
    for suite in ALL_CIPHER_SUITES.iter().filter(|suite| suite.tls13().is_some()) {
        let mut provider = provider();
        provider.cipher_suites = vec![*suite];
        // A connection's first packets are protected by AES-128-GCM, whatever comes later.
        if !provider.cipher_suites.contains(&TLS13_AES_128_GCM_SHA256) {
            provider.cipher_suites.push(TLS13_AES_128_GCM_SHA256);
        }
        let versions = [&rustls::version::TLS13];
        let client = common::client(provider.clone(), &versions).with_root_certificates(world.roots());
        let server = common::server(provider, &versions).with_no_client_auth();
        let server =
            server.with_single_cert(world.server.certificates(), world.server.private_key()).unwrap();
        let name = common::HOST.try_into().unwrap();
        let client = client.with_no_client_auth();
        let mut ends = [
            Connection::from(
                ClientConnection::new(client.into(), Version::V1, name, b"client's".to_vec()).unwrap(),
            ),
            ServerConnection::new(server.into(), Version::V1, b"server's".to_vec()).unwrap().into(),
        ];
        let mut keys = [None, None];
        for turn in 0..8 {
            // What's said before keys change and after it goes in different packets.
            loop {
                let mut sent = Vec::new();
                let change = ends[turn % 2].write_hs(&mut sent);
                if sent.is_empty() && change.is_none() {
                    break;
                }
                ends[1 - turn % 2].read_hs(&sent).unwrap();
                if let Some(KeyChange::OneRtt { keys: new, .. }) = change {
                    keys[turn % 2] = Some(new);
                }
            }
        }
        assert!(ends.iter().all(|end| !end.is_handshaking()));
        assert_eq!(ends[0].negotiated_cipher_suite(), Some(*suite));
        let [Some(client), Some(server)] = keys else { panic!("keys") };
        for (from, to) in [(&client, &server), (&server, &client)] {
            let mut packet = b"a packet".to_vec();
            let tag = from.local.packet.encrypt_in_place(7, b"header", &mut packet).unwrap();
            packet.extend_from_slice(tag.as_ref());
            assert_eq!(to.remote.packet.decrypt_in_place(7, b"header", &mut packet).unwrap(), b"a packet");
            let (mut first, mut number) = (0x41, [1, 2]);
            from.local.header.encrypt_in_place(&packet[..16], &mut first, &mut number).unwrap();
            to.remote.header.decrypt_in_place(&packet[..16], &mut first, &mut number).unwrap();
            assert_eq!((first, number), (0x41, [1, 2]));
        }
    }
}

/// RFC 5246, section 6.2.1: at most 2^14 bytes.
#[cfg(feature = "tls12")]
#[test]
fn records_of_tls12_that_are_too_long() {
    use rustls::crypto::cipher::{InboundOpaqueMessage, OutboundPlainMessage};
    use rustls::{ContentType, Error, ProtocolVersion};
    let suites = ALL_CIPHER_SUITES.iter().filter_map(|suite| match suite {
        rustls::SupportedCipherSuite::Tls12(suite) => Some(*suite),
        rustls::SupportedCipherSuite::Tls13(_) => None,
    });
    for suite in suites {
        let shape = suite.aead_alg.key_block_shape();
        // Longer than AES-128's, of which the start is taken.
        let key = || AeadKey::from([7; 32]);
        let (iv, explicit) = (&[1; 12][..shape.fixed_iv_len], &[2; 8][..shape.explicit_nonce_len]);
        for (len, expected) in [(1 << 14, Ok(1 << 14)), ((1 << 14) + 1, Err(Error::PeerSentOversizedRecord))]
        {
            let bytes = vec![5; len];
            let message = OutboundPlainMessage {
                typ: ContentType::ApplicationData,
                version: ProtocolVersion::TLSv1_2,
                payload: bytes.as_slice().into(),
            };
            let sealed = suite.aead_alg.encrypter(key(), iv, explicit).encrypt(message, 3).unwrap();
            let mut record = sealed.encode();
            let (head, payload) = record.split_at_mut(5);
            assert_eq!(head[..3], [23, 3, 3]);
            let message =
                InboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, payload);
            let mut decrypter = suite.aead_alg.decrypter(key(), iv);
            assert_eq!(decrypter.decrypt(message, 3).map(|plain| plain.payload.len()), expected);
        }
    }
}

/// draft-ietf-tls-ecdhe-mlkem, section 4: ML-KEM's part comes first, everywhere.
#[cfg(feature = "pq")]
#[test]
fn the_hybrids_parts() {
    let group = rustls_oneway::kx_group::X25519MLKEM768;
    let client = group.start().unwrap();
    let share = client.pub_key().to_vec();
    let (classical, half) = client.hybrid_component().unwrap();
    assert_eq!((share.len(), classical), (1184 + 32, rustls::NamedGroup::X25519));
    assert_eq!(share[1184..], *half);
    let server = group.start_and_complete(&share).unwrap();
    assert_eq!(server.pub_key.len(), 1088 + 32);
    let agreed = client.complete(&server.pub_key).unwrap();
    assert_eq!(agreed.secret_bytes(), server.secret.secret_bytes());
    assert_eq!(agreed.secret_bytes().len(), 64);
    // Each half of the secret depends on its half of the shares alone.
    let client = group.start().unwrap();
    let server = group.start_and_complete(client.pub_key()).unwrap();
    let mut changed = server.pub_key.clone();
    changed[0] ^= 1;
    let (ours, theirs) = (client.complete(&changed).unwrap(), server.secret.secret_bytes());
    assert!(ours.secret_bytes()[..32] != theirs[..32] && ours.secret_bytes()[32..] == theirs[32..]);
}

#[test]
fn tickets_are_taken_unchanged_and_by_who_made_them() {
    let (one, other) = (Ticketer::new().unwrap(), Ticketer::new().unwrap());
    let ticket = one.encrypt(b"a session").unwrap();
    assert_eq!(one.decrypt(&ticket).as_deref(), Some(&b"a session"[..]));
    assert_ne!(one.encrypt(b"a session").unwrap(), ticket);
    assert!(other.encrypt(b"a session").is_some() && other.decrypt(&ticket).is_none());
    for at in 0..ticket.len() {
        let mut changed = ticket.clone();
        changed[at] ^= 1;
        assert!(one.decrypt(&changed).is_none());
        assert!(one.decrypt(&ticket[..at]).is_none());
    }
    assert!(one.decrypt(&[&ticket[..], &[0]].concat()).is_none());
    assert!(one.enabled() && one.lifetime() > 0);
}

#[test]
fn what_there_is() {
    let suites = if cfg!(feature = "tls12") { 9 } else { 3 };
    assert_eq!(ALL_CIPHER_SUITES.len(), suites);
    assert_eq!(ALL_KX_GROUPS.len(), if cfg!(feature = "pq") { 5 } else { 4 });
    let algorithms = provider().signature_verification_algorithms;
    assert_eq!(algorithms.all.len(), 19);
    let schemes = algorithms.supported_schemes();
    for scheme in [
        SignatureScheme::ECDSA_NISTP521_SHA512,
        SignatureScheme::ED25519,
        SignatureScheme::RSA_PSS_SHA512,
        SignatureScheme::RSA_PKCS1_SHA256,
    ] {
        assert!(schemes.contains(&scheme));
    }
    assert!(ALL_KX_GROUPS.iter().all(|group| !format!("{group:?}").is_empty()));
    rustls_oneway::install_default().unwrap();
    assert!(rustls_oneway::install_default().is_err());
}
