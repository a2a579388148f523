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

// The certificates of a story, made on the spot and good for an hour. A bank's come from its own authority.
namespace story {

/// A certificate and its key.
struct Identity {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;
};

/// A certificate that `by` signs; an authority, which signs itself, where there is none.
inline Identity issue(const std::string& name, const Identity& by = {}) {
  const auto need = [](bool good) {
    if (!good) throw std::runtime_error("OpenSSL could not make a certificate");
  };
  const Identity made{{EVP_EC_gen("P-256"), &EVP_PKEY_free}, {X509_new(), &X509_free}};
  X509* const x = made.certificate.get();
  need(made.key && x != nullptr && X509_set_version(x, 2) == 1);
  const Identity& signer = by.certificate ? by : made;
  static long serial = 0;
  need(ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial) == 1);
  need(X509_gmtime_adj(X509_getm_notBefore(x), -60) != nullptr);
  need(X509_gmtime_adj(X509_getm_notAfter(x), 3600) != nullptr);
  need(X509_set_pubkey(x, made.key.get()) == 1);
  X509_NAME* const subject = X509_get_subject_name(x);
  need(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()),
                                  -1, -1, 0) == 1);
  need(X509_set_issuer_name(x, X509_get_subject_name(signer.certificate.get())) == 1);
  const auto extend = [&](int what, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, signer.certificate.get(), x, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()), &X509_EXTENSION_free);
    need(extension && X509_add_ext(x, extension.get(), -1) == 1);
  };
  extend(NID_basic_constraints, by.certificate ? "critical,CA:FALSE" : "critical,CA:TRUE");
  if (by.certificate) extend(NID_subject_alt_name, "DNS:" + name);
  need(X509_sign(x, signer.key.get(), EVP_sha256()) != 0);
  return made;
}

/// Writes NAME.pem and NAME.key into this folder.
inline void write_identity(const std::string& name, const Identity& identity) {
  const auto file = [](const std::string& path) {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(std::fopen(path.c_str(), "w"), &std::fclose);
    if (!opened) throw std::runtime_error("can not write " + path);
    return opened;
  };
  if (PEM_write_X509(file(name + ".pem").get(), identity.certificate.get()) != 1 ||
      PEM_write_PrivateKey(file(name + ".key").get(), identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    throw std::runtime_error("can not write the certificate of " + name);
}

}  // namespace story
