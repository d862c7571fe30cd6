// A shop with Go's default client.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const nicepay = "https://dev.nicepay.co.id/nicepay/direct/v2/"

type fields map[string]string

var (
	iMid          = os.Getenv("NICEPAY_IMID")
	key           = os.Getenv("NICEPAY_MERCHANT_KEY")
	notifications = make(chan fields, 1)
	notify        string
)

func must(err error) {
	if err != nil {
		fmt.Println("failed go net/http:", err)
		os.Exit(1)
	}
}

func check(isRight bool, what any) {
	if !isRight {
		must(fmt.Errorf("%v", what))
	}
}

func sign(values ...string) string {
	hash := sha256.Sum256([]byte(strings.Join(values, "") + key))
	return hex.EncodeToString(hash[:])
}

func post(url string, body fields) map[string]any {
	text, err := json.Marshal(body)
	must(err)
	response, err := http.Post(url, "application/json", bytes.NewReader(text))
	must(err)
	defer response.Body.Close()
	var answer map[string]any
	must(json.NewDecoder(response.Body).Decode(&answer))
	return answer
}

func signed(reference string, body fields) fields {
	body["timeStamp"] = time.Now().Format("20060102150405")
	body["iMid"] = iMid
	body["referenceNo"] = reference
	body["merchantToken"] = sign(body["timeStamp"], iMid, reference, body["amt"])
	return body
}

func pay(reference, tokenize, userToken string, byCustomer bool) string {
	file, err := os.ReadFile("order.json")
	must(err)
	var order fields
	must(json.Unmarshal(file, &order))
	order["dbProcessUrl"] = notify
	order["tokenizeUser"] = tokenize
	order["userToken"] = userToken
	order["clientUserKey"] = ""
	if byCustomer {
		order["clientUserKey"] = "customer-1"
	}
	registered := post(nicepay+"registration", signed(reference, order))
	check(registered["resultCd"] == "0000", registered)
	tXid := registered["tXid"].(string)
	if byCustomer {
		post(os.Getenv("NICEPAY_SIM_URL")+"/__sim/api/transactions/"+tXid+"/buyer", fields{"do": "pay"})
	}
	select {
	case told := <-notifications:
		check(told["tXid"] == tXid && told["merchantToken"] == sign(iMid, tXid, told["amt"]), told)
		userToken = told["userToken"]
	case <-time.After(30 * time.Second):
		check(false, "no notification in 30 s")
	}
	inquiry := post(nicepay+"inquiry", signed(reference, fields{"tXid": tXid, "amt": order["amt"]}))
	check(inquiry["status"] == "0", inquiry)
	return userToken
}

func main() {
	http.DefaultClient.Timeout = 30 * time.Second
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	notify = "http://" + listener.Addr().String() + "/notify"
	go http.Serve(listener, http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		must(request.ParseForm())
		told := fields{}
		for name := range request.PostForm {
			told[name] = request.PostForm.Get(name)
		}
		notifications <- told
	}))
	userToken := pay("go-1", "1", "", true)
	pay("go-2", "2", userToken, false)
	fmt.Println("ok go net/http")
}
