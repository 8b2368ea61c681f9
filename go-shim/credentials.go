package tabletheory

import (
	"context"
	"os"
	"time"
)

// Credentials are those of an AWS identity. They print as nothing but the key id.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	// SessionToken is empty for long-lived keys.
	SessionToken string
	// Expires is zero when they do not.
	Expires time.Time
}

// String hides the secrets.
func (c Credentials) String() string { return "credentials of `" + c.AccessKeyID + "`" }

// GoString hides the secrets.
func (c Credentials) GoString() string { return c.String() }

// CredentialsProvider finds credentials. It is asked again before they expire, and when the service says that they have.
// A provider that has none says in its error where it looked. The SDK's own chain is in the module awssdk.
type CredentialsProvider interface {
	Retrieve(ctx context.Context) (Credentials, error)
}

// CredentialsFunc is a function as a [CredentialsProvider].
type CredentialsFunc func(ctx context.Context) (Credentials, error)

// Retrieve calls the function.
func (f CredentialsFunc) Retrieve(ctx context.Context) (Credentials, error) { return f(ctx) }

// StaticCredentials always gives the same.
func StaticCredentials(accessKeyID, secretAccessKey, sessionToken string) CredentialsProvider {
	return CredentialsFunc(func(context.Context) (Credentials, error) {
		return Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey, SessionToken: sessionToken}, nil
	})
}

type notFound string

func (n notFound) Error() string { return string(n) }

// environment is the provider when none is given.
func environment(context.Context) (Credentials, error) {
	found := Credentials{
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}
	if found.AccessKeyID == "" || found.SecretAccessKey == "" {
		return found, notFound("looked at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for profiles, SSO and roles " +
			"open with awssdk.WithDefaultConfig of the module github.com/tabletheory/tabletheory-go/awssdk")
	}
	return found, nil
}

// credentialsDocument is what the core reads.
type credentialsDocument struct {
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
	SessionToken    string `json:"session_token,omitempty"`
	ExpiresMillis   int64  `json:"expires_ms,omitempty"`
}
