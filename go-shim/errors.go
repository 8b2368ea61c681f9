package tabletheory

import (
	"errors"
	"slices"
	"strings"

	"github.com/tabletheory/tabletheory-go/internal/plain"
)

// Code names a kind of error, the same in every language. The codes below are errors themselves, for [errors.Is]:
//
//	if errors.Is(err, tabletheory.ErrConditionFailed) { … }
type Code string

// Error is the code's text.
func (c Code) Error() string { return string(c) }

// The codes. One error may have several: a version conflict is also a failed condition.
const (
	ErrItemNotFound                    Code = "ErrItemNotFound"                    // no item has this key
	ErrInvalidModel                    Code = "ErrInvalidModel"                    // the call or the Go type does not fit the model
	ErrInvalidValue                    Code = "ErrInvalidValue"                    // a value does not fit its attribute or Go type; also ErrInvalidModel
	ErrNumberPrecisionLoss             Code = "ErrNumberPrecisionLoss"             // a stored number does not fit the Go type without loss
	ErrItemTooLarge                    Code = "ErrItemTooLarge"                    // the item is larger than DynamoDB takes; also ErrInvalidModel
	ErrMissingPrimaryKey               Code = "ErrMissingPrimaryKey"               // a key attribute is missing
	ErrInvalidPrimaryKey               Code = "ErrInvalidPrimaryKey"               // a key attribute is empty, too long or of the wrong type
	ErrConditionFailed                 Code = "ErrConditionFailed"                 // a condition was not met
	ErrVersionConflict                 Code = "ErrVersionConflict"                 // the expected version was not the stored one; also ErrConditionFailed
	ErrInvalidOperator                 Code = "ErrInvalidOperator"                 // an operator, operand, path or option that DynamoDB does not take
	ErrTableNotFound                   Code = "ErrTableNotFound"                   // the table does not exist
	ErrIndexNotFound                   Code = "ErrIndexNotFound"                   // the index does not exist
	ErrEncryptionNotConfigured         Code = "ErrEncryptionNotConfigured"         // the model has encrypted attributes, the client no encryption
	ErrInvalidEncryptedEnvelope        Code = "ErrInvalidEncryptedEnvelope"        // a stored envelope is malformed or does not decrypt
	ErrEncryptedFieldNotQueryable      Code = "ErrEncryptedFieldNotQueryable"      // an encrypted attribute in a condition, filter or key
	ErrImmutableModelMutation          Code = "ErrImmutableModelMutation"          // the model is write-once
	ErrProtectedFieldMutation          Code = "ErrProtectedFieldMutation"          // the operation would change a protected attribute
	ErrRejectedDeployAuthorityEvidence Code = "ErrRejectedDeployAuthorityEvidence" // deploy evidence that is not authoritative
	ErrLeaseHeld                       Code = "ErrLeaseHeld"                       // someone else holds the lease
	ErrLeaseNotOwned                   Code = "ErrLeaseNotOwned"                   // the lease is not, or no longer, ours
	ErrTransactionFailed               Code = "ErrTransactionFailed"               // a transaction was cancelled
	ErrTransactionConflict             Code = "ErrTransactionConflict"             // a transaction met another one on the same item; also ErrTransactionFailed
	ErrIdempotentParameterMismatch     Code = "ErrIdempotentParameterMismatch"     // a token that was used for another transaction; also ErrTransactionFailed
	ErrUniqueConstraint                Code = "ErrUniqueConstraint"                // another item has this value of a unique attribute; also ErrConditionFailed
	ErrBatchOperationFailed            Code = "ErrBatchOperationFailed"            // part of a batch was not carried out
	ErrInvalidCursor                   Code = "ErrInvalidCursor"                   // a cursor that is malformed or belongs to another query; also ErrInvalidOperator
	ErrThrottled                       Code = "ErrThrottled"                       // throttled until the retries were used up
	ErrInvalidDocument                 Code = "ErrInvalidDocument"                 // a schema document that cannot be read or is invalid
	ErrInvalidCall                     Code = "ErrInvalidCall"                     // a call document that is not well formed
	ErrInvalidHandle                   Code = "ErrInvalidHandle"                   // the DB is closed
	ErrConfiguration                   Code = "ErrConfiguration"                   // settings that do not work: no region, an endpoint that is no URL
	ErrCredentials                     Code = "ErrCredentials"                     // none were found, or the service refused them
	ErrAccessDenied                    Code = "ErrAccessDenied"                    // the credentials do not allow the action
	ErrTransport                       Code = "ErrTransport"                       // the service could not be reached, or the connection broke
	ErrTimeout                         Code = "ErrTimeout"                         // the service did not answer in time, or the context's deadline passed
	ErrInvalidResponse                 Code = "ErrInvalidResponse"                 // the answer is not one of DynamoDB's
	ErrService                         Code = "ErrService"                         // the service refused for another reason: see Error.Service
	ErrCanceled                        Code = "ErrCanceled"                        // the context was canceled
	ErrContractVersion                 Code = "ErrContractVersion"                 // the embedded core is not the one that this package was built for
	ErrInternal                        Code = "ErrInternal"                        // a bug of ours
)

// Outcome says whether a write may have happened.
type Outcome string

// The outcomes of a failed call.
const (
	NotSent  Outcome = "not_sent" // refused before anything was sent
	Rejected Outcome = "rejected" // the service refused; nothing was written
	Unknown  Outcome = "unknown"  // something may have been written
)

// Error is the one error type of this package. Neither its text nor its members hold item values or secrets,
// except Service.Message, which is the service's own text and may quote data, and the item read by [OldItem].
type Error struct {
	// Code is the most specific code; Codes are all that apply, the general before the specific.
	Code  Code   `json:"code"`
	Codes []Code `json:"codes"`
	// Message is lower case, with user input in back-ticks.
	Message string `json:"message"`
	// Path is a JSON pointer into the call document: `/item/title`. Hint says what to do.
	Path string `json:"path"`
	Hint string `json:"hint"`
	// Retryable says that the same call may succeed later.
	Retryable bool    `json:"retryable"`
	Outcome   Outcome `json:"outcome"`
	// RequestID and Status are those of the service's last response, if there was one.
	RequestID string `json:"request_id"`
	Status    int    `json:"status"`
	// Service is the service's own error, if it sent one.
	Service *ServiceError `json:"service"`
	// Batch says what became of the parts of a batch, Reasons why a transaction was cancelled.
	Batch   *Batch   `json:"batch"`
	Reasons []Reason `json:"reasons"`
	// Problems lists what is wrong with a schema document.
	Problems []Problem `json:"problems"`
	// Stats are those of the failed call, if anything was sent.
	Stats *Stats `json:"stats"`

	// Item is the item that failed the condition: see [OldItem].
	Item  JSON `json:"item"`
	cause error
}

// ServiceError is an error in the service's own words.
type ServiceError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Problem is one finding in a schema document. Line and Column count from 1.
type Problem struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Pointer  string `json:"pointer"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Hint     string `json:"hint,omitempty"`
}

// Error gives code, message, place and hint in one line.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString(string(e.Code) + ": " + e.Message)
	if e.Path != "" {
		text.WriteString(" (at " + e.Path + ")")
	}
	if e.Hint != "" {
		text.WriteString("; " + e.Hint)
	}
	return text.String()
}

// Is lets [errors.Is] find a [Code] among the codes.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && (e.Code == code || slices.Contains(e.Codes, code))
}

// Unwrap is the error beneath: of the context, the transport, or the file system.
func (e *Error) Unwrap() error { return e.cause }

// OldItem reads the item that failed the condition of a call made with [ReturnOldOnFailure].
// It is nil when the error carries none; the error is that of reading it into T.
func OldItem[T any](err error) (*T, error) {
	var failure *Error
	if !errors.As(err, &failure) {
		return nil, nil
	}
	return oldItem[T](failure.Item)
}

func oldItem[T any](text JSON) (*T, error) {
	if text == "" {
		return nil, nil
	}
	item := new(T)
	if err := plain.NewDecoder(string(text)).DecodeItem(item); err != nil {
		return nil, unreadable(err)
	}
	return item, nil
}

func newError(code Code, message string, cause error) *Error {
	codes := []Code{code}
	if code == ErrInvalidValue {
		codes = []Code{ErrInvalidModel, code}
	}
	return &Error{Code: code, Codes: codes, Message: message, Outcome: NotSent, cause: cause}
}

// failed reads an error document of the core.
func failed(document string, cause error) *Error {
	failure := &Error{cause: cause}
	if err := plain.Decode(document, failure); err != nil {
		return newError(ErrInternal, "the core gave an error that cannot be read", err)
	}
	return failure
}

// unwritable is the error for a value that has no plain form, at a place in the call document.
func unwritable(err error, at string) *Error {
	var problem *plain.Error
	if !errors.As(err, &problem) {
		return newError(ErrInternal, "a value could not be written down", err)
	}
	failure := newError(Code(problem.Code), problem.Message, nil)
	failure.Path = at + problem.Path
	return failure
}

// unreadable is the error for a result that does not fit its Go type. The call itself was carried out.
func unreadable(err error) *Error {
	failure := unwritable(err, "")
	failure.Outcome = Unknown
	return failure
}
