// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <lifeboat/adapter/openssl_tls.hpp>

// Certificates that a test makes for itself.
namespace support {

struct FreeOpenssl {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

/// A certificate and its key.
struct Identity {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;
};

/// Makes a certificate that `by` signs, or itself where that has none. Times are seconds from now.
inline Identity make_identity(const std::string& name, const Identity& by = {}, long from = -3600, long to = 867'600) {
  const auto check = [](bool good) {
    if (!good) throw std::runtime_error("OpenSSL could not make a certificate");
  };
  Identity made;
  made.key = std::shared_ptr<EVP_PKEY>(EVP_EC_gen("P-256"), FreeOpenssl());
  made.certificate = std::shared_ptr<X509>(X509_new(), FreeOpenssl());
  X509* const x = made.certificate.get();
  static long serial = 0;
  check(made.key != nullptr && x != nullptr && X509_set_version(x, 2) == 1);
  check(ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial) == 1);
  check(X509_gmtime_adj(X509_getm_notBefore(x), from) != nullptr);
  check(X509_gmtime_adj(X509_getm_notAfter(x), to) != nullptr);
  check(X509_set_pubkey(x, made.key.get()) == 1);
  X509_NAME* const subject = X509_get_subject_name(x);
  check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()),
                                   -1, -1, 0) == 1);
  const bool root = by.certificate == nullptr;
  check(X509_set_issuer_name(x, root ? subject : X509_get_subject_name(by.certificate.get())) == 1);
  const auto extend = [&](int what, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, root ? x : by.certificate.get(), x, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
    check(extension != nullptr && X509_add_ext(x, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  };
  extend(NID_basic_constraints, root ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!root) extend(NID_subject_alt_name, "DNS:" + name + ",IP:127.0.0.1");
  check(X509_sign(x, root ? made.key.get() : by.key.get(), EVP_sha256()) != 0);
  return made;
}

/// Writes NAME.pem and NAME.key into a folder.
inline void write_identity(const std::string& folder, const std::string& name, const Identity& identity) {
  const auto open = [](const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) throw std::runtime_error("no file " + path);
    return std::unique_ptr<std::FILE, int (*)(std::FILE*)>(file, &std::fclose);
  };
  PEM_write_X509(open(folder + "/" + name + ".pem").get(), identity.certificate.get());
  PEM_write_PrivateKey(open(folder + "/" + name + ".key").get(), identity.key.get(), nullptr, nullptr, 0, nullptr,
                       nullptr);
}

inline lifeboat::TlsConfig tls_of(const std::string& folder, const std::string& name, const std::string& peer = {},
                                  const std::string& authority = "ca") {
  return {.certificate = folder + "/" + name + ".pem",
          .key = folder + "/" + name + ".key",
          .authority = folder + "/" + authority + ".pem",
          .peer_name = peer};
}

}  // namespace support
