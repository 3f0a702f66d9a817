using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ClientLb.Tests.AspNetCore;

/// <summary>One request at the middleware, with its answer.</summary>
internal sealed class Exchange : IHttpRequestLifetimeFeature, IHttpResponseTrailersFeature
{
    private readonly FakeResponse _response = new();
    private readonly Action _disconnect;

    public Exchange(string path = "/", params (string Name, string Value)[] headers)
    {
        Context = new DefaultHttpContext();
        Context.Features.Set<IHttpResponseFeature>(_response);
        Context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new MemoryStream()));
        Context.Features.Set<IHttpRequestLifetimeFeature>(this);
        Context.Request.Method = "GET";
        Context.Request.Path = path;
        foreach (var (name, value) in headers)
        {
            Context.Request.Headers.Append(name, value);
        }

        var caller = new CancellationTokenSource();
        _disconnect = caller.Cancel;
        RequestAborted = caller.Token;
    }

    public DefaultHttpContext Context { get; }

    public CancellationToken RequestAborted { get; set; }

    public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();

    public bool IsAborted { get; private set; }

    /// <summary>The middleware's own end of the request.</summary>
    public Task Served { get; set; } = Task.CompletedTask;

    public int Status => Context.Response.StatusCode;

    public string Text => Encoding.UTF8.GetString(((MemoryStream)Context.Response.Body).ToArray());

    /// <summary>A gRPC request, over a protocol with trailers.</summary>
    public static Exchange Grpc(params (string Name, string Value)[] headers)
    {
        var exchange = new Exchange("/package.Service/Method", [("Content-Type", "application/grpc"), .. headers]);
        exchange.Context.Request.Method = "POST";
        exchange.Context.Features.Set<IHttpResponseTrailersFeature>(exchange);
        return exchange;
    }

    public string Header(string name) => Context.Response.Headers[name].ToString();

    /// <summary>The caller closes its connection.</summary>
    public void Disconnect() => _disconnect();

    /// <summary>The first byte of the answer goes out.</summary>
    public Task StartAsync() => _response.StartAsync();

    public void Abort()
    {
        IsAborted = true;
        _disconnect();
    }
}
