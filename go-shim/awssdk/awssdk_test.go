package awssdk

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/tabletheory/tabletheory-go"
)

func configured(url string) aws.Config {
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(url),
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", "token"),
	}
}

func TestSendsTheBodyAndGivesTheRawResponse(t *testing.T) {
	for _, status := range []int{200, 400, 500, 503} {
		var calls atomic.Int32
		var head http.Header
		var body []byte
		service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			head, body = r.Header, nil
			body, _ = io.ReadAll(r.Body)
			w.Header().Set("x-amzn-requestid", "R1")
			w.Header().Set("x-amz-crc32", "1") // wrong, and for the core to say
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"__type":"x#ThrottlingException","Item":`))
		}))
		transport := New(dynamodb.NewFromConfig(configured(service.URL), func(o *dynamodb.Options) { o.EnableAcceptEncodingGzip = true }))
		response, err := transport.Send(context.Background(), &tabletheory.Request{Action: "PutItem", Body: []byte(`{"a":"é"}`)})
		service.Close()
		if err != nil || response.Status != status || string(response.Body) != `{"__type":"x#ThrottlingException","Item":` {
			t.Fatalf("%+v %v", response, err)
		}
		if !strings.Contains(string(response.Head), "X-Amzn-Requestid: R1\r\n") || calls.Load() != 1 {
			t.Errorf("%q, %d calls", response.Head, calls.Load())
		}
		if string(body) != `{"a":"é"}` || head.Get("X-Amz-Target") != "DynamoDB_20120810.PutItem" || head.Get("Content-Type") != "application/x-amz-json-1.0" {
			t.Errorf("%q %v", body, head)
		}
		if !strings.HasPrefix(head.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=key/") || head.Get("X-Amz-Security-Token") != "token" {
			t.Errorf("%v", head)
		}
		if len(head.Values("X-Amz-Target")) != 1 || head.Get("Accept-Encoding") != "identity" {
			t.Errorf("%v", head)
		}
	}
}

func TestAnAnswerPackedUnaskedStaysAsItCame(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte("{}"))
	_ = w.Close()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}))
	defer service.Close()
	response, err := New(dynamodb.NewFromConfig(configured(service.URL))).Send(context.Background(), &tabletheory.Request{Action: "GetItem"})
	if err != nil || !bytes.Equal(response.Body, packed.Bytes()) {
		t.Fatal(response, err)
	}
}

func TestFailureKinds(t *testing.T) {
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("{"))
	}))
	defer cut.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(3 * time.Second):
		}
	}))
	defer silent.Close()
	foreign := httptest.NewTLSServer(http.NotFoundHandler())
	defer foreign.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	without := configured(closed.URL)
	without.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("none here")
	})
	for name, c := range map[string]struct {
		cfg  aws.Config
		kind tabletheory.FailureKind
	}{
		"cut": {configured(cut.URL), tabletheory.Broken}, "silent": {configured(silent.URL), tabletheory.TimedOut},
		"closed": {configured(closed.URL), tabletheory.Connect}, "foreign": {configured(foreign.URL), tabletheory.Connect},
		"no such host": {configured("http://host.invalid"), tabletheory.Connect}, "no credentials": {without, tabletheory.Unauthorized},
		"no provider": {aws.Config{Region: "eu-west-1"}, tabletheory.Unauthorized},
		"no region":   {aws.Config{Credentials: configured("").Credentials}, tabletheory.Refused},
	} {
		transport := New(dynamodb.NewFromConfig(c.cfg))
		transport.AttemptTimeout = 300 * time.Millisecond
		_, err := transport.Send(context.Background(), &tabletheory.Request{Action: "GetItem", Body: []byte("{}")})
		var failure *tabletheory.TransportError
		if !errors.As(err, &failure) || failure.Kind != c.kind {
			t.Errorf("%s: %v %v", name, failure, err)
		}
	}
}

func TestEndsWithTheContext(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := New(dynamodb.NewFromConfig(configured(silent.URL))).Send(ctx, &tabletheory.Request{}); err == nil || time.Since(start) > 5*time.Second {
		t.Fatal(err, time.Since(start))
	}
}

func TestCredentials(t *testing.T) {
	expires := time.Now().Add(time.Hour)
	given := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "k", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: expires}, nil
	})
	got, err := Credentials(given).Retrieve(context.Background())
	if err != nil || got != (tabletheory.Credentials{AccessKeyID: "k", SecretAccessKey: "s", SessionToken: "t", Expires: expires}) {
		t.Fatal(err)
	}
	if _, err := Credentials(nil).Retrieve(context.Background()); err == nil {
		t.Error("credentials of nothing")
	}
}

func TestTheDefaultConfigurationIsLoadedOnce(t *testing.T) {
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_ACCESS_KEY_ID", "k")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	loads, fail := 0, true
	load := lazily([]func(*config.LoadOptions) error{func(*config.LoadOptions) error {
		if loads++; fail {
			return errors.New("not now")
		}
		return nil
	}}, func(cfg aws.Config) aws.CredentialsProvider { return cfg.Credentials })
	if _, err := load(context.Background()); err == nil {
		t.Fatal("loaded")
	}
	fail = false
	before := loads
	for range 3 {
		provider, err := load(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if found, err := Credentials(provider).Retrieve(context.Background()); err != nil || found.AccessKeyID != "k" {
			t.Fatal(err)
		}
	}
	if loads-before < 1 || loads-before > 2 { // the SDK applies options to its sources too
		t.Errorf("loaded %d times", loads-before)
	}
}
