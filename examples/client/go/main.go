// A client of the MCPoverflow AI Engine on Go 1.22 or newer, with nothing but its standard library: submits an
// OpenAPI specification, waits for the connector made of it, and saves it as a zip.
//
//	MCPOVERFLOW_URL=https://... MCPOVERFLOW_API_KEY=... go run . specification.yaml connector.zip
//
// Without variables it asks the local engine of `npm start`, which wants no key. Ended half-way and started again it
// goes on with the same job: the Idempotency-Key is made of what is submitted. A job that was cancelled is submitted
// afresh then, and one that failed is tried again where that may help.
package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// How long the engine may hold an answer back until the job has ended; at most a minute.
	wait     = 30 * time.Second
	attempts = 6
	// Whoever asks us to wait longer than this is not busy but has refused: over the cost of a day, for example.
	longestPause = time.Minute
)

// Client calls one engine.
type Client struct {
	URL  string
	Key  string
	HTTP *http.Client
}

// Problem is an error as the engine tells it (RFC 9457). Code is for programs and stays; the sentences may change.
type Problem struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Message   string `json:"error"`
	RequestID string `json:"requestId"`
	// What is wrong with the body, and where (JSON Pointers).
	Errors []struct {
		Pointer string `json:"pointer"`
		Detail  string `json:"detail"`
	} `json:"errors"`
}

func (p *Problem) Error() string {
	text := fmt.Sprintf("%d %s: %s (request %s)", p.Status, p.Code, p.Message, p.RequestID)
	for _, place := range p.Errors {
		text += fmt.Sprintf("\n  %s %s", cmp.Or(place.Pointer, "the body"), place.Detail)
	}
	return text
}

// Job is the part of a job that this client looks at.
type Job struct {
	ID       string  `json:"jobId"`
	Status   string  `json:"status"`
	Stage    string  `json:"stage"`
	Progress float64 `json:"progress"`
	Error    struct {
		Code      string `json:"code"`
		Message   string `json:"message"`
		Retryable bool   `json:"retryable"`
	} `json:"error"`
}

// call answers silence, 429 and 503 with patience: every call here may be made again.
func (c *Client) call(method, path string, body []byte, headers map[string]string) ([]byte, http.Header, error) {
	for attempt := 1; ; attempt++ {
		pause := time.Second << (attempt - 1)
		status, header, content, err := c.once(method, path, body, headers)
		if err == nil {
			if status < 300 {
				return content, header, nil
			}
			pause = retryAfter(header, pause)
			busy := (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && pause <= longestPause
			err = problemOf(status, content)
			if !busy {
				return nil, nil, err
			}
		}
		if attempt == attempts {
			return nil, nil, err
		}
		time.Sleep(pause)
	}
}

func (c *Client) once(method, path string, body []byte, headers map[string]string) (int, http.Header, []byte, error) {
	request, err := http.NewRequest(method, c.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	if c.Key != "" {
		request.Header.Set("Authorization", "Bearer "+c.Key)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, content, err
}

func retryAfter(header http.Header, otherwise time.Duration) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil {
		return otherwise
	}
	return time.Duration(seconds) * time.Second
}

// problemOf reads an error. What stands before the engine may answer in words of its own.
func problemOf(status int, content []byte) *Problem {
	var problem Problem
	if json.Unmarshal(content, &problem) == nil && problem.Code != "" {
		return &problem
	}
	return &Problem{Status: status, Code: "unknown", Message: string(content[:min(len(content), 200)]), RequestID: "unknown"}
}

// Submit answers the job's id. The same submission again, from here or elsewhere, is the same job, so an earlier run may
// have ended it.
func (c *Client) Submit(submission map[string]any) (string, error) {
	body, err := json.Marshal(submission)
	if err != nil {
		return "", err
	}
	var job Job
	for {
		// The key of what is submitted afresh names the job that was cancelled, and so stays the same for the next run, too.
		key := sha256.Sum256(append(bytes.Clone(body), job.ID...))
		content, _, err := c.call(http.MethodPost, "/api/generate-connector", body, map[string]string{
			"Content-Type":    "application/json",
			"Idempotency-Key": fmt.Sprintf(`"%x"`, key),
		})
		if err != nil {
			return "", err
		}
		job = Job{}
		if err := json.Unmarshal(content, &job); err != nil {
			return "", err
		}
		if job.Status != "cancelled" {
			break
		}
	}
	if job.Status == "failed" && job.Error.Retryable {
		_, _, err = c.call(http.MethodPost, "/api/jobs/"+job.ID+"/retry", nil, nil)
	}
	return job.ID, err
}

// Ended answers the job once it has ended. The engine holds each answer back for a while, so nothing is asked in vain.
func (c *Client) Ended(jobID string) (Job, error) {
	prefer := map[string]string{"Prefer": fmt.Sprintf("wait=%.0f", wait.Seconds())}
	for {
		content, header, err := c.call(http.MethodGet, "/api/jobs/"+jobID, nil, prefer)
		if err != nil {
			return Job{}, err
		}
		var job Job
		if err := json.Unmarshal(content, &job); err != nil {
			return Job{}, err
		}
		if job.Status != "pending" && job.Status != "processing" {
			return job, nil
		}
		fmt.Fprintf(os.Stderr, "%.0f %% %s\n", job.Progress, job.Stage)
		// An engine that cannot hold an answer back says when to ask again.
		if header.Get("Preference-Applied") == "" {
			time.Sleep(retryAfter(header, 2*time.Second))
		}
	}
}

// Artifact answers the files of a completed job as a zip.
func (c *Client) Artifact(jobID string) ([]byte, error) {
	content, _, err := c.call(http.MethodGet, "/api/jobs/"+jobID+"/artifact", nil, nil)
	return content, err
}

func run(specification, target string) error {
	client := &Client{
		URL:  cmp.Or(os.Getenv("MCPOVERFLOW_URL"), "http://127.0.0.1:8787"),
		Key:  os.Getenv("MCPOVERFLOW_API_KEY"),
		HTTP: &http.Client{Timeout: wait + 15*time.Second},
	}
	text, err := os.ReadFile(specification)
	if err != nil {
		return err
	}
	jobID, err := client.Submit(map[string]any{
		"name":     strings.TrimSuffix(filepath.Base(specification), filepath.Ext(specification)),
		"specType": "openapi",
		"spec":     string(text),
		"language": "go",
		"runtime":  "docker",
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "job %s\n", jobID)
	job, err := client.Ended(jobID)
	if err != nil {
		return err
	}
	if job.Status == "cancelled" {
		return fmt.Errorf("the job is cancelled")
	}
	if job.Status != "completed" {
		return fmt.Errorf("the job is %s: %s %s", job.Status, job.Error.Code, job.Error.Message)
	}
	artifact, err := client.Artifact(jobID)
	if err != nil {
		return err
	}
	if err := os.WriteFile(target, artifact, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s %s\n", jobID, target)
	return nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "Usage: go run . specification.yaml [connector.zip]")
		os.Exit(2)
	}
	target := "connector.zip"
	if len(os.Args) > 2 {
		target = os.Args[2]
	}
	if err := run(os.Args[1], target); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
