// Command certificates writes ca.crt, tls.crt and tls.key into a folder: a certificate for server and client, signed by a
// throw-away authority. `certificates FOLDER COMMON-NAME [SUBJECT-ALTERNATIVE-NAME...]`. Node can make keys, not certificates.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: certificates FOLDER COMMON-NAME [SUBJECT-ALTERNATIVE-NAME...]")
	}
	folder, names := os.Args[1], os.Args[2:]
	authority := template(names[0]+"-ca", 1)
	authority.IsCA, authority.BasicConstraintsValid = true, true
	authority.KeyUsage = x509.KeyUsageCertSign
	authorityKey := key()
	write(folder, "ca.crt", "CERTIFICATE", sign(authority, authority, authorityKey, authorityKey))

	leaf := template(names[0], 2)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, name := range names[1:] {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	leafKey := key()
	write(folder, "tls.crt", "CERTIFICATE", sign(leaf, authority, leafKey, authorityKey))
	der, err := x509.MarshalPKCS8PrivateKey(leafKey)
	must(err)
	write(folder, "tls.key", "PRIVATE KEY", der)
}

func template(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(30 * 24 * time.Hour),
	}
}

func key() *ecdsa.PrivateKey {
	made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return made
}

func sign(leaf, authority *x509.Certificate, leafKey, authorityKey *ecdsa.PrivateKey) []byte {
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, &leafKey.PublicKey, authorityKey)
	must(err)
	return der
}

func write(folder, name, kind string, der []byte) {
	must(os.MkdirAll(folder, 0o700))
	must(os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
