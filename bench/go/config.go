package main

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
)

// loadConfig is the SDK's default configuration, but for ownBody.
func loadConfig(ctx context.Context) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	cfg.HTTPClient = ownBody{awshttp.NewBuildableClient()}
	return cfg, err
}

// ownBody gives net/http a body that nobody else closes. The SDK closes the body of a request as soon as there is a reply. When that comes
// faster than net/http looks for the end of the body, as it does over loopback, the connection is taken for broken and dropped; over a network it
// never comes that fast. Without this the SDK would be charged with connections that it does not open in production.
type ownBody struct {
	client aws.HTTPClient
}

func (o ownBody) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.ContentLength > 0 {
		body := make([]byte, request.ContentLength)
		if _, err := io.ReadFull(request.Body, body); err != nil {
			return nil, err
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	return o.client.Do(request)
}
