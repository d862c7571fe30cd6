// One inquiry with the default client. The address is that of the unmodified client libraries.
package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

func main() {
	fmt.Println("try net/http")
	request, err := http.NewRequest("POST", "https://dev.nicepay.co.id/nicepay/direct/v2/inquiry", strings.NewReader("{}"))
	if err == nil {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("User-Agent", "nicepay-sim-check/go-net/http")
		http.DefaultClient.Timeout = 20 * time.Second
		_, err = http.DefaultClient.Do(request)
	}
	if err != nil {
		fmt.Println("failed net/http:", err)
	}
}
