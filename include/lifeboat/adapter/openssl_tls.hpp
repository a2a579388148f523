// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <lifeboat/adapter/openssl.hpp>
#include <lifeboat/core/posix.hpp>
#include <lifeboat/core/time.hpp>

// TLS 1.3 between two sides that know each other, in memory: who calls it moves the bytes, so that no write beneath it
// can raise SIGPIPE. The only file that needs libssl.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Who this side is and whom it talks to. The files are read for each connection: a renewed certificate needs no
/// restart.
struct TlsConfig {
  std::string certificate{};  ///< PEM: this side's, then those between it and the authority's
  std::string key{};          ///< PEM, without a password: nobody is there to type it
  std::string authority{};    ///< PEM: the only ones that the peer's certificate may come from
  std::string peer_name{};    ///< a DNS name or an address that the peer's certificate must have; empty: any of them
  CryptoLibrary library{};
};

enum class TlsSide : std::uint8_t { client, server };

/// One connection, in memory.
template <class = void>
class BasicTlsSession {
 public:
  /// Reads the files. Errors: config where one can not be used, naming it; crypto.
  static Result<BasicTlsSession> open(const TlsConfig& config, TlsSide side) {
    const detail::OpensslQuiet quiet;
    BasicTlsSession session;
    const std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new_ex(config.library.context, nullptr, TLS_method()));
    if (context == nullptr) return quiet.error("OpenSSL could not begin TLS");
    SSL_CTX* const c = context.get();
    SSL_CTX_set_default_passwd_cb(c, [](char*, int, int, void*) { return -1; });
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    if (SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) != 1 || SSL_CTX_set_num_tickets(c, 0) != 1)
      return quiet.error("OpenSSL does not offer TLS 1.3 with the engine's settings");
    if (SSL_CTX_use_certificate_chain_file(c, config.certificate.c_str()) != 1)
      return unusable(quiet, "certificate", config.certificate);
    if (SSL_CTX_use_PrivateKey_file(c, config.key.c_str(), SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(c) != 1)
      return unusable(quiet, "key", config.key);
    if (SSL_CTX_load_verify_file(c, config.authority.c_str()) != 1)
      return unusable(quiet, "authority's certificate", config.authority);
    session.own_ends_ = end_of(SSL_CTX_get0_certificate(c));
    session.tls_.reset(SSL_new(c));
    if (session.tls_ == nullptr) return quiet.error("OpenSSL could not begin a connection");
    SSL* const tls = session.tls_.get();
    if (!config.peer_name.empty()) {
      X509_VERIFY_PARAM* const wanted = SSL_get0_param(tls);
      if (X509_VERIFY_PARAM_set1_ip_asc(wanted, config.peer_name.c_str()) != 1 &&
          SSL_set1_host(tls, config.peer_name.c_str()) != 1)
        return quiet.error("OpenSSL does not take the peer's name " + config.peer_name);
    }
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    if (in == nullptr || out == nullptr) {
      BIO_free(in);
      BIO_free(out);
      return quiet.error("OpenSSL could not begin a connection");
    }
    BIO_set_mem_eof_return(in, -1);  // empty is not the end
    SSL_set_bio(tls, in, out);
    if (side == TlsSide::client)
      SSL_set_connect_state(tls);
    else
      SSL_set_accept_state(tls);
    return session;
  }

  /// Takes what came from the peer.
  Status feed(ByteView received) {
    const detail::OpensslQuiet quiet;
    if (BIO_write(SSL_get_rbio(tls_.get()), received.data(), static_cast<int>(received.size())) ==
        static_cast<int>(received.size()))
      return ok();
    return quiet.error("OpenSSL could not take what the peer sent");
  }

  /// What is to be sent to the peer, appended to `out`.
  void drain(Bytes& out) {
    BIO* const bio = SSL_get_wbio(tls_.get());
    const std::size_t waiting = BIO_ctrl_pending(bio);
    const std::size_t at = out.size();
    out.resize(at + waiting);
    const int got = waiting == 0 ? 0 : BIO_read(bio, out.data() + at, static_cast<int>(waiting));
    out.resize(at + static_cast<std::size_t>(got > 0 ? got : 0));
  }

  /// Goes on with the handshake; true once it is done. Errors: peer_refused with the reason, here or told by the peer.
  Result<bool> shake() {
    const detail::OpensslQuiet quiet;
    const int done = SSL_do_handshake(tls_.get());
    if (done == 1) {
      peer_ends_ = end_of(SSL_get0_peer_certificate(tls_.get()));
      return true;
    }
    if (waits(done)) return false;
    return refused(quiet, "the peer and this side do not agree");
  }

  /// Appends what the peer said to `out`, up to `limit` bytes; false once it said that nothing more comes.
  Result<bool> read(Bytes& out, std::size_t limit) {
    const detail::OpensslQuiet quiet;
    while (out.size() < limit) {
      const std::size_t at = out.size();
      const std::size_t room = limit - at < piece ? limit - at : piece;
      out.resize(at + room);
      std::size_t got = 0;
      const int done = SSL_read_ex(tls_.get(), out.data() + at, room, &got);
      out.resize(at + got);
      if (done == 1) continue;
      if (waits(done)) return true;
      if (SSL_get_error(tls_.get(), done) == SSL_ERROR_ZERO_RETURN) return false;
      return refused(quiet, "the peer ended the connection");
    }
    return true;
  }

  /// Takes what is to be said; it then waits in `drain`.
  Status write(ByteView said) {
    const detail::OpensslQuiet quiet;
    std::size_t done = 0;
    if (said.empty() || SSL_write_ex(tls_.get(), said.data(), said.size(), &done) == 1) return ok();
    return refused(quiet, "the connection can not be written");
  }

  /// Says that nothing more comes.
  void close() noexcept {
    const detail::OpensslQuiet quiet;
    (void)SSL_shutdown(tls_.get());
  }

  /// When this side's certificate, and the peer's, are no longer valid; 0 s: not known.
  [[nodiscard]] Timestamp own_ends() const noexcept { return own_ends_; }
  [[nodiscard]] Timestamp peer_ends() const noexcept { return peer_ends_; }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    void operator()(SSL* tls) const noexcept { SSL_free(tls); }
    void operator()(ASN1_TIME* time) const noexcept { ASN1_TIME_free(time); }
  };
  static constexpr std::size_t piece = 64U << 10U;

  BasicTlsSession() = default;

  static Error unusable(const detail::OpensslQuiet& quiet, const char* what, const std::string& path) {
    const auto file = open_at(AT_FDCWD, path.c_str(), O_RDONLY);
    const std::string reason = file ? quiet.error("").sentence() : std::string();
    return Error{ErrorId::config, "the " + std::string(what) + " " + path + " can not be used" + reason}
        .because(file.error)
        .unchanged();
  }

  static Timestamp end_of(const X509* certificate) noexcept {
    int days = 0;
    int seconds = 0;
    const std::unique_ptr<ASN1_TIME, Free> began(ASN1_TIME_set(nullptr, 0));
    if (certificate == nullptr || began == nullptr ||
        ASN1_TIME_diff(&days, &seconds, began.get(), X509_get0_notAfter(certificate)) != 1)
      return {};
    return {std::int64_t{days} * 86'400 + seconds, 0};
  }

  [[nodiscard]] bool waits(int answer) const noexcept {
    const int why = SSL_get_error(tls_.get(), answer);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
  }

  Error refused(const detail::OpensslQuiet& quiet, std::string sentence) const {
    const long verdict = SSL_get_verify_result(tls_.get());
    if (verdict != X509_V_OK)
      sentence = std::string("the peer's certificate was refused: ") + X509_verify_cert_error_string(verdict);
    return Error{ErrorId::peer_refused, quiet.error(std::move(sentence)).sentence()};
  }

  std::unique_ptr<SSL, Free> tls_;
  Timestamp own_ends_;
  Timestamp peer_ends_;
};
using TlsSession = BasicTlsSession<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
