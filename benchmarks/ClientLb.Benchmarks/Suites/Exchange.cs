using System.Net.Http.Json;
using System.Text;

namespace ClientLb.Benchmarks.Suites;

/// <summary>One kind of call as an application makes it.</summary>
/// <param name="Name">What it is called in the table.</param>
/// <param name="HasBody">Whether the answer has a body.</param>
/// <param name="Waits">Whether the answer is there only when the caller waits for it already, as over a network.</param>
/// <param name="CallAsync">Makes one call and reads its answer.</param>
internal sealed record Exchange(string Name, bool HasBody, bool Waits, Func<HttpClient, Task> CallAsync)
{
    private const string Order = """{"customer":"Ada Lovelace","lines":[{"article":"engine","count":1}]}""";
    private static readonly Uri Address = new("http://orders/lists/open");

    public static IReadOnlyList<Exchange> All { get; } =
    [
        new("GET, no body", false, false, static client => SendAsync(client, new HttpRequestMessage(HttpMethod.Get, Address))),
        new("GET, no body, awaited", false, true, static client => SendAsync(client, new HttpRequestMessage(HttpMethod.Get, Address))),
        new("GET, no body, new URI", false, false, static client => SendAsync(client, new HttpRequestMessage(HttpMethod.Get, "http://orders/lists/open"))),
        new("GET, chunked, as bytes", true, false, static client => ReadBytesAsync(client)),
        new("GET, chunked, as JSON", true, false, static client => ReadJsonAsync(client)),
        new("POST, StringContent", false, false, static client => SendAsync(client, new HttpRequestMessage(HttpMethod.Post, Address)
        {
            Content = new StringContent(Order, Encoding.UTF8, "application/json"),
        })),
    ];

    private static async Task SendAsync(HttpClient client, HttpRequestMessage request)
    {
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
    }

    private static async Task ReadBytesAsync(HttpClient client)
    {
        using var response = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, Address), HttpCompletionOption.ResponseHeadersRead);
        Check((await response.Content.ReadAsByteArrayAsync()).Length > 100);
    }

    private static async Task ReadJsonAsync(HttpClient client)
    {
        using var response = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, Address), HttpCompletionOption.ResponseHeadersRead);
        Check((await response.Content.ReadFromJsonAsync(OrderJson.Default.Order))?.Id == 4711);
    }

    private static void Check(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("The answer is not what the handler sent.");
        }
    }
}
