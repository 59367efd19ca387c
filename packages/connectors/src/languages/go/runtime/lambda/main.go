// The endpoint behind a Lambda function URL, whose invoke mode is RESPONSE_STREAM.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambdaurl"

	"connector/bridge"
)

func main() {
	lambdaurl.Start(bridge.NewHandler(os.Getenv))
}
