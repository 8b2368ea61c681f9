// Package awssdk lets TableTheory use the AWS SDK for Go: its clients with all that is configured on them, or only its
// chain of credentials. It is a module of its own, so that programs without the SDK need not carry it.
//
//	db, err := tabletheory.Open(ctx, "notes.dms.yml", awssdk.WithConfig(cfg))
package awssdk

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tabletheory/tabletheory-go"
)

// WithConfig sends requests through the SDK, as it is configured: region, endpoint, credentials, HTTP client, telemetry.
// Only its retries are off, because the core decides those.
func WithConfig(cfg aws.Config, options ...func(*dynamodb.Options)) tabletheory.Option {
	return WithClient(dynamodb.NewFromConfig(cfg, options...))
}

// WithClient sends requests through a client of the SDK. Only its retries are off.
func WithClient(client *dynamodb.Client) tabletheory.Option {
	return tabletheory.WithTransport(New(client))
}

// WithDefaultConfig is WithConfig with the SDK's default configuration (environment, profiles, roles), loaded at the first
// call. If it cannot be loaded, each call fails with the SDK's words beneath.
func WithDefaultConfig(options ...func(*config.LoadOptions) error) tabletheory.Option {
	return tabletheory.WithTransport(&Transport{client: lazily(options, func(cfg aws.Config) *dynamodb.Client {
		return dynamodb.NewFromConfig(cfg)
	})})
}

// WithDefaultCredentials keeps the HTTP transport, and finds credentials by the SDK's default chain (environment, profiles,
// SSO, web identity, container and instance roles), loaded when they are first needed.
func WithDefaultCredentials(options ...func(*config.LoadOptions) error) tabletheory.Option {
	load := lazily(options, func(cfg aws.Config) aws.CredentialsProvider { return cfg.Credentials })
	return tabletheory.WithCredentials(tabletheory.CredentialsFunc(func(ctx context.Context) (tabletheory.Credentials, error) {
		provider, err := load(ctx)
		if err != nil {
			return tabletheory.Credentials{}, err
		}
		return Credentials(provider).Retrieve(ctx)
	}))
}

// lazily loads the default configuration once. A failure is not kept: the next call tries again.
func lazily[T any](options []func(*config.LoadOptions) error, use func(aws.Config) T) func(context.Context) (T, error) {
	var lock sync.Mutex
	var loaded *T
	return func(ctx context.Context) (T, error) {
		lock.Lock()
		defer lock.Unlock()
		if loaded == nil {
			cfg, err := config.LoadDefaultConfig(ctx, options...)
			if err != nil {
				var none T
				return none, err
			}
			made := use(cfg)
			loaded = &made
		}
		return *loaded, nil
	}
}

// Credentials makes a provider of the SDK one of TableTheory.
func Credentials(provider aws.CredentialsProvider) tabletheory.CredentialsProvider {
	return tabletheory.CredentialsFunc(func(ctx context.Context) (tabletheory.Credentials, error) {
		if provider == nil {
			return tabletheory.Credentials{}, errors.New("the configuration of the SDK has no credentials provider")
		}
		found, err := provider.Retrieve(ctx)
		if err != nil {
			return tabletheory.Credentials{}, err
		}
		given := tabletheory.Credentials{
			AccessKeyID: found.AccessKeyID, SecretAccessKey: found.SecretAccessKey, SessionToken: found.SessionToken,
		}
		if found.CanExpire {
			given.Expires = found.Expires
		}
		return given, nil
	})
}

// Transport sends requests through a client of the SDK.
type Transport struct {
	client func(context.Context) (*dynamodb.Client, error)
	// AttemptTimeout bounds one exchange; 0 means 10 s.
	AttemptTimeout time.Duration
}

// New makes a transport of a client.
func New(client *dynamodb.Client) *Transport {
	return &Transport{client: func(context.Context) (*dynamodb.Client, error) { return client, nil }}
}

// SignsRequests marks the transport: the SDK finds the endpoint and signs.
func (t *Transport) SignsRequests() {}

// Send carries one request. Every action goes through one operation of the SDK, whose body and target are replaced before
// the SDK signs it, and whose response is taken before the SDK reads it.
func (t *Transport) Send(ctx context.Context, request *tabletheory.Request) (*tabletheory.Response, error) {
	limit := t.AttemptTimeout
	if limit <= 0 {
		limit = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	client, err := t.client(ctx)
	if err != nil {
		return nil, &tabletheory.TransportError{Kind: tabletheory.Refused, Err: err}
	}
	var response *tabletheory.Response
	var identity missing
	_, err = client.ListTables(ctx, &dynamodb.ListTablesInput{}, func(options *dynamodb.Options) {
		options.Retryer = aws.NopRetryer{}
		identity.provider = options.Credentials
		options.Credentials = &identity
		options.EnableAcceptEncodingGzip = false // the response is taken before the SDK would unpack it
		options.APIOptions = append(options.APIOptions[:len(options.APIOptions):len(options.APIOptions)], func(stack *middleware.Stack) error {
			if err := stack.Build.Add(replace(request), middleware.Before); err != nil {
				return err
			}
			return stack.Deserialize.Add(capture(&response), middleware.After)
		})
	})
	if response != nil {
		return response, nil // whatever the SDK made of the empty answer that it was given instead
	}
	if err == nil {
		err = errors.New("the client of the SDK answered without sending")
	}
	kind := kindOf(err)
	if identity.err != nil && ctx.Err() == nil {
		kind = tabletheory.Unauthorized
	}
	return nil, &tabletheory.TransportError{Kind: kind, Err: err}
}

// missing is the SDK's own provider of credentials, of which it is remembered that there are none.
type missing struct {
	provider aws.CredentialsProvider
	err      error
}

// Retrieve asks the provider.
func (m *missing) Retrieve(ctx context.Context) (found aws.Credentials, err error) {
	if m.provider == nil {
		m.err = errors.New("the configuration of the SDK has no credentials provider")
		return found, m.err
	}
	found, m.err = m.provider.Retrieve(ctx)
	return found, m.err
}

// replace puts the request in place of the one that the SDK has made.
func replace(request *tabletheory.Request) middleware.BuildMiddleware {
	return middleware.BuildMiddlewareFunc("TableTheoryRequest", func(
		ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler,
	) (middleware.BuildOutput, middleware.Metadata, error) {
		made, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return middleware.BuildOutput{}, middleware.Metadata{}, errors.New("the SDK made a request that is not HTTP")
		}
		replaced, err := made.SetStream(bytes.NewReader(request.Body))
		if err != nil {
			return middleware.BuildOutput{}, middleware.Metadata{}, err
		}
		replaced.Header.Set("Content-Type", "application/x-amz-json-1.0")
		replaced.Header.Set("X-Amz-Target", "DynamoDB_20120810."+request.Action)
		in.Request = replaced
		return next.HandleBuild(ctx, in)
	})
}

// capture takes the response as it came, and gives the SDK an empty one.
func capture(response **tabletheory.Response) middleware.DeserializeMiddleware {
	return middleware.DeserializeMiddlewareFunc("TableTheoryResponse", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		came, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok {
			return out, metadata, err
		}
		body, err := io.ReadAll(came.Body)
		_ = came.Body.Close()
		if err != nil {
			return out, metadata, &smithyhttp.RequestSendError{Err: err}
		}
		*response = &tabletheory.Response{Status: came.StatusCode, Head: tabletheory.HeaderLines(came.Header), Body: body}
		empty := *came.Response
		empty.StatusCode, empty.Header = http.StatusOK, http.Header{}
		empty.Body, empty.ContentLength = io.NopCloser(bytes.NewReader([]byte("{}"))), 2
		out.RawResponse = &smithyhttp.Response{Response: &empty}
		return out, metadata, nil
	})
}

// kindOf says how far a request got, when in doubt: further.
func kindOf(err error) tabletheory.FailureKind {
	var dial *net.OpError
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var sent *smithyhttp.RequestSendError
	var timeout net.Error
	switch {
	case errors.As(err, &dial) && dial.Op == "dial", errors.As(err, &name), errors.As(err, &certificate):
		return tabletheory.Connect
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return tabletheory.TimedOut
	case errors.As(err, &sent):
		return tabletheory.Broken
	}
	return tabletheory.Refused
}
