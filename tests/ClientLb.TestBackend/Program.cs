using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

var app = WebApplication.CreateSlimBuilder(args).Build();
app.MapGet("/", () => Results.Text("ok"));
await app.RunAsync();
