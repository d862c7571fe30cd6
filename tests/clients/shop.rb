# A shop with Net::HTTP.
require "digest"
require "json"
require "net/http"
require "socket"
require "timeout"

NICEPAY = "https://dev.nicepay.co.id/nicepay/direct/v2/"
IMID = ENV.fetch("NICEPAY_IMID")
KEY = ENV.fetch("NICEPAY_MERCHANT_KEY")
ORDER = JSON.parse(File.read("order.json"))

SERVER = TCPServer.new("127.0.0.1", 0)
NOTIFICATIONS = Queue.new
Thread.new do
  loop do
    client = SERVER.accept
    head = client.gets("\r\n\r\n")
    body = client.read(head[/^content-length: *(\d+)/i, 1].to_i)
    client.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    client.close
    NOTIFICATIONS << URI.decode_www_form(body).to_h
  end
end

def post(url, fields)
  JSON.parse(Net::HTTP.post(URI(url), fields.to_json, "Content-Type" => "application/json").body)
end

def sign(*values)
  Digest::SHA256.hexdigest(values.join + KEY)
end

def signed(reference, fields)
  now = Time.now.strftime("%Y%m%d%H%M%S")
  token = sign(now, IMID, reference, ORDER["amt"])
  { timeStamp: now, iMid: IMID, referenceNo: reference, merchantToken: token, **fields }
end

def pay(reference, tokenize, user_token, by_customer)
  fields = { dbProcessUrl: "http://127.0.0.1:#{SERVER.addr[1]}/notify", tokenizeUser: tokenize, userToken: user_token,
             clientUserKey: by_customer ? "customer-1" : "" }
  registered = post("#{NICEPAY}registration", signed(reference, ORDER.transform_keys(&:to_sym).merge(fields)))
  raise registered.to_s unless registered["resultCd"] == "0000"

  t_xid = registered["tXid"]
  post("#{ENV.fetch('NICEPAY_SIM_URL')}/__sim/api/transactions/#{t_xid}/buyer", { do: "pay" }) if by_customer
  told = Timeout.timeout(30) { NOTIFICATIONS.pop }
  raise told.to_s unless told["tXid"] == t_xid && told["merchantToken"] == sign(IMID, t_xid, told["amt"])

  inquiry = post("#{NICEPAY}inquiry", signed(reference, { tXid: t_xid, amt: ORDER["amt"] }))
  raise inquiry.to_s unless inquiry["status"] == "0"

  told["userToken"]
end

begin
  user_token = pay("ruby-1", "1", "", true)
  pay("ruby-2", "2", user_token, false)
  puts "ok ruby Net::HTTP"
rescue StandardError => error
  puts "failed ruby Net::HTTP: #{error.message}"
  exit 1
end
