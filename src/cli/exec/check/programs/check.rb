# One inquiry with Net::HTTP. The address is that of the unmodified client libraries.
require "net/http"

uri = URI("https://dev.nicepay.co.id/nicepay/direct/v2/inquiry")
puts "try Net::HTTP"
begin
  headers = { "Content-Type" => "application/json", "User-Agent" => "nicepay-sim-check/ruby-Net::HTTP" }
  Net::HTTP.post(uri, "{}", headers)
rescue StandardError => error
  puts "failed Net::HTTP: #{error.message}"
end
